"""The verdict: every outcome, what it waits for, and that nothing but the declared rule decides it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.experimentation.stats.effects import Effect
from server.experimentation.stats.evidence import Doubt, Health, Plan, Progress, VariantEvidence
from server.experimentation.stats.guardrails import Guardrail, Standing
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.remaining import Remaining
from server.experimentation.stats.rules import AlwaysValid, FixedHorizon
from server.experimentation.stats.srm import PhaseCounts, check
from server.experimentation.stats.terms import Direction, Interval, Scale
from server.experimentation.stats.verdict import Outcome, VariantVerdict, Verdict, judge
from server.experimentation.stats.words import amount, sentence, why_not_trusted
from tests.experimentation.stats.making import effect_of

PLAN = Plan(Scale.RELATIVE, Direction.HIGHER_IS_BETTER, 0.05, 0.05, AlwaysValid(20_000.0), 1)
HEALTHY = Health(check(PhaseCounts((10_000, 10_010), (1, 1))))
HALFWAY = Progress(units=20_000, days=10.0, units_per_day=2_000.0)
LATENCY = Guardrail("latency", 0.02, Scale.RELATIVE, Direction.LOWER_IS_BETTER)
GUARDED = replace(PLAN, guardrails=(LATENCY,))
SAFE, HARMED, OPEN = effect_of(0.0, 0.001), effect_of(0.08, 0.001), effect_of(0.0, 0.02)


def judged(
    primary: Effect | NoResult,
    *guardrails: Effect | NoResult,
    plan: Plan = PLAN,
    health: Health = HEALTHY,
    progress: Progress = HALFWAY,
) -> VariantVerdict:
    verdict = judge(plan, (VariantEvidence("blue", primary, guardrails),), health, progress)
    return verdict.variants[0]


@pytest.mark.parametrize(
    ("value", "error", "outcome", "words"),
    [
        (0.10, 0.01, Outcome.WINNING, "Winning: the difference is between +6.96 % and +13 %."),
        (-0.10, 0.01, Outcome.LOSING, "Losing: the difference is between -13 % and -6.96 %."),
        (
            0.01,
            0.01,
            Outcome.NO_DIFFERENCE,
            "No difference larger than the minimum effect: it is between -2.04 % and +4.04 %.",
        ),
        (0.10, 0.05, Outcome.KEEP_COLLECTING, "Keep collecting: likely 325,819 more units, 163 days."),
        (
            0.02,
            0.005,
            Outcome.WINNING,
            "Winning: the difference is between +0.482 % and +3.52 %, which is smaller than the minimum effect.",
        ),
    ],
)
def test_an_always_valid_interval_decides(value: float, error: float, outcome: Outcome, words: str) -> None:
    found = judged(effect_of(value, error))

    assert found.outcome is outcome
    assert sentence(found) == words


@given(st.floats(-0.2, 0.2), st.floats(0.001, 0.1))
def test_a_metric_that_should_fall_is_judged_in_the_mirror(value: float, error: float) -> None:
    lower = replace(PLAN, direction=Direction.LOWER_IS_BETTER)

    assert judged(effect_of(value, error)).outcome is judged(effect_of(-value, error), plan=lower).outcome


def test_without_a_minimum_effect_there_is_never_no_difference() -> None:
    found = judged(effect_of(0.0, 0.0001), plan=replace(PLAN, minimum_effect=0.0))

    assert found.outcome is Outcome.KEEP_COLLECTING
    assert found.remaining == NoResult(Reason.NO_MINIMUM_EFFECT)


def test_each_of_several_treatments_gets_a_share_of_alpha_even_without_data() -> None:
    effect = effect_of(0.0335, 0.01)

    assert judged(effect).outcome is Outcome.WINNING
    assert judged(effect, plan=replace(PLAN, treatments=4)).outcome is not Outcome.WINNING


@pytest.mark.parametrize(
    ("guardrail", "standing", "outcome"),
    [
        (SAFE, Standing.SAFE, Outcome.WINNING),
        (HARMED, Standing.HARMED, Outcome.GUARDRAIL_HARMED),
        (OPEN, Standing.OPEN, Outcome.KEEP_COLLECTING),
        (NoResult(Reason.NO_VARIANCE), Standing.OPEN, Outcome.KEEP_COLLECTING),
    ],
)
def test_a_winner_waits_for_its_guardrails(guardrail: Effect | NoResult, standing: Standing, outcome: Outcome) -> None:
    found = judged(effect_of(0.10, 0.01), guardrail, plan=GUARDED)

    assert found.guardrails[0].standing is standing
    assert found.outcome is outcome


def test_each_of_several_guardrails_gets_a_share_of_another_alpha() -> None:
    barely = effect_of(0.0, 0.0064)
    many = replace(PLAN, guardrails=(LATENCY,) * 4)

    assert judged(effect_of(0.10, 0.01), barely, plan=GUARDED).guardrails[0].standing is Standing.SAFE
    shared = judged(effect_of(0.10, 0.01), *[barely] * 4, plan=many)
    assert {each.standing for each in shared.guardrails} == {Standing.OPEN}
    assert shared.interval == judged(effect_of(0.10, 0.01), barely, plan=GUARDED).interval


def test_a_loser_does_not_wait_for_its_guardrails() -> None:
    assert judged(effect_of(-0.10, 0.01), OPEN, plan=GUARDED).outcome is Outcome.LOSING


def test_a_winner_that_waits_says_how_long_its_guardrail_needs() -> None:
    found = judged(effect_of(0.10, 0.01), OPEN, plan=GUARDED)

    assert isinstance(found.remaining, Remaining)
    assert found.remaining.likely_units > 100_000
    unknown = judged(effect_of(0.10, 0.01), NoResult(Reason.NO_VARIANCE), plan=GUARDED)
    assert unknown.remaining == NoResult(Reason.NO_VARIANCE)


def test_harm_is_named_with_its_margin() -> None:
    found = judged(effect_of(0.10, 0.01), HARMED, plan=GUARDED)

    assert sentence(found) == (
        "Guardrail harmed: the difference in latency is between +7.7 % and +8.3 %, beyond its margin."
    )
    assert found.remaining == NoResult(Reason.NOTHING_LEFT)


UNFAIR = check(PhaseCounts((10_000, 11_000), (1, 1)))


@pytest.mark.parametrize(
    ("health", "doubt"),
    [
        (Health(UNFAIR), Doubt.UNFAIR_SPLIT),
        (Health(NoResult(Reason.UNITS_IN_CLOSED_ARM)), Doubt.UNITS_IN_CLOSED_ARM),
        (Health(NoResult(Reason.IMPOSSIBLE_SUMS)), Doubt.IMPOSSIBLE_DATA),
        (Health(HEALTHY.split, (Doubt.UNITS_IN_SEVERAL_VARIANTS,)), Doubt.UNITS_IN_SEVERAL_VARIANTS),
    ],
)
def test_what_cannot_be_trusted_is_not_judged(health: Health, doubt: Doubt) -> None:
    evidence = (VariantEvidence("blue", effect_of(0.10, 0.01)),)
    found = judge(PLAN, evidence, health, HALFWAY)

    assert (found.outcome, found.doubts) == (Outcome.CANNOT_BE_TRUSTED, (doubt,))
    assert found.variants[0].outcome is Outcome.CANNOT_BE_TRUSTED
    assert why_not_trusted(found).startswith("Cannot be trusted: ")


@pytest.mark.parametrize(
    ("reason", "doubt"),
    [
        (Reason.IMPOSSIBLE_SUMS, Doubt.IMPOSSIBLE_DATA),
        (Reason.NEGATIVE_CONTROL_MEAN, Doubt.SCALE_HAS_NO_MEANING),
    ],
)
def test_what_more_units_would_not_cure_is_a_doubt(reason: Reason, doubt: Doubt) -> None:
    assert judge(PLAN, (VariantEvidence("blue", NoResult(reason)),), HEALTHY, HALFWAY).doubts == (doubt,)


@pytest.mark.parametrize("reason", [Reason.TOO_FEW_UNITS, Reason.NO_VARIANCE, Reason.CONTROL_NOT_CLEAR_OF_ZERO])
def test_what_more_units_may_cure_keeps_collecting_and_says_what_is_missing(reason: Reason) -> None:
    found = judged(NoResult(reason))

    assert (found.outcome, found.interval, found.remaining) == (
        Outcome.KEEP_COLLECTING,
        NoResult(reason),
        NoResult(reason),
    )
    assert sentence(found) == f"Keep collecting: {NoResult(reason).text}"


def test_a_split_that_cannot_be_checked_yet_is_no_doubt() -> None:
    young = Health(NoResult(Reason.TOO_FEW_UNITS))

    assert judged(effect_of(0.10, 0.01), health=young).outcome is Outcome.WINNING


HORIZON = replace(PLAN, rule=FixedHorizon(units=40_000, days=14.0))
AT_HORIZON = Progress(units=40_000, days=14.0, units_per_day=2_000.0)


@pytest.mark.parametrize(
    ("progress", "units", "days"),
    [
        (Progress(20_000, 10.0, 2_000.0), 20_000, 10.0),
        (Progress(39_999, 20.0, 2_000.0), 1, 0.0005),
        (Progress(50_000, 10.0, 2_000.0), 0, 4.0),
    ],
)
def test_before_a_fixed_horizon_nothing_is_said_however_clear_it_looks(
    progress: Progress, units: int, days: float
) -> None:
    found = judged(effect_of(0.50, 0.01), plan=HORIZON, progress=progress)

    assert (found.outcome, found.interval) == (Outcome.KEEP_COLLECTING, NoResult(Reason.BEFORE_HORIZON))
    assert found.remaining == Remaining(units, days, units, days)


@pytest.mark.parametrize(
    ("value", "error", "outcome"),
    [
        (0.021, 0.01, Outcome.WINNING),
        (-0.021, 0.01, Outcome.LOSING),
        (0.01, 0.01, Outcome.NO_DIFFERENCE),
        (0.05, 0.04, Outcome.INCONCLUSIVE),
    ],
)
def test_at_a_fixed_horizon_one_look_decides_for_good(value: float, error: float, outcome: Outcome) -> None:
    found = judge(HORIZON, (VariantEvidence("blue", effect_of(value, error)),), HEALTHY, AT_HORIZON)

    assert (found.outcome, found.is_final) == (outcome, True)


def test_harm_is_seen_before_the_horizon() -> None:
    plan = replace(HORIZON, guardrails=(LATENCY,))

    assert judged(effect_of(0.10, 0.01), HARMED, plan=plan).outcome is Outcome.GUARDRAIL_HARMED


def test_a_verdict_in_doubt_is_not_final() -> None:
    evidence = (VariantEvidence("blue", effect_of(0.10, 0.01)),)

    assert not judge(HORIZON, evidence, Health(UNFAIR), AT_HORIZON).is_final


def test_without_a_treatment_nothing_is_decided_however_far_it_is() -> None:
    found = judge(HORIZON, (), HEALTHY, AT_HORIZON)

    assert (found.outcome, found.is_final) == (Outcome.KEEP_COLLECTING, False)


def of_all(*effects: Effect) -> Verdict:
    variants = tuple(VariantEvidence(str(index), effect) for index, effect in enumerate(effects))
    return judge(replace(PLAN, treatments=3), variants, HEALTHY, HALFWAY)


def test_the_experiments_outcome_is_what_its_owner_must_hear_first() -> None:
    win, lose, same, unclear = effect_of(0.1, 0.01), effect_of(-0.1, 0.01), effect_of(0.0, 0.01), effect_of(0.1, 0.05)

    assert of_all(lose, unclear, win).outcome is Outcome.WINNING
    assert of_all(lose, unclear, same).outcome is Outcome.KEEP_COLLECTING
    assert of_all(lose, same, lose).outcome is Outcome.NO_DIFFERENCE
    assert of_all(lose, lose, lose).outcome is Outcome.LOSING
    assert of_all().outcome is Outcome.KEEP_COLLECTING


def test_evidence_that_does_not_fit_the_plan_is_an_error_of_the_caller() -> None:
    fits = VariantEvidence("blue", effect_of(0.1, 0.01))

    with pytest.raises(ValueError, match="more treatments"):
        judge(PLAN, (fits, fits), HEALTHY, HALFWAY)
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        judge(GUARDED, (fits,), HEALTHY, HALFWAY)
    with pytest.raises(ValueError, match="ABSOLUTE where the plan says RELATIVE"):
        judged(effect_of(0.1, 0.01, scale=Scale.ABSOLUTE))
    with pytest.raises(ValueError, match="units or of days"):
        FixedHorizon()
    with pytest.raises(ValueError, match="at least 0"):
        replace(PLAN, minimum_effect=-0.01)


def test_amounts_are_written_on_their_scale() -> None:
    assert amount(0.0512, Scale.RELATIVE) == "+5.12 %"
    assert amount(-0.0512, Scale.ABSOLUTE) == "-0.0512"
    assert Interval(-1.0, 2.0).turned(Direction.LOWER_IS_BETTER) == Interval(-2.0, 1.0)
