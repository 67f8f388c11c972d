"""From counts to figures, and from figures to a verdict."""

from datetime import timedelta

import pytest

from server.experimentation.models import MetricRole
from server.experimentation.results import figures as figures_module
from server.experimentation.results.document import ScopeFigures, VariantUnits
from server.experimentation.results.figures import Reading
from server.experimentation.results.judging import progress_of, verdict_on
from server.experimentation.stats.evidence import Doubt
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.srm import SrmResult
from server.experimentation.stats.verdict import Outcome, Verdict
from server.warehouse.questions.answers import Arm, Caps, NewUnits, ScopeCounts
from server.warehouse.times import DAY, microseconds_of
from tests.experimentation.results.making import (
    AS_OF,
    OPENED,
    a_metric,
    a_phase,
    a_plan,
    an_answer,
    an_arm,
    asked_of,
    converted,
)

PRIMARY = a_metric(1, MetricRole.PRIMARY)
TWO_OPTIONS = {"b": 3_000, "c": 2_000}


def figures_of(*arms: Arm, metrics=(PRIMARY,), phases=None, counts=(), **plan) -> ScopeFigures:  # type: ignore[no-untyped-def]
    phases = phases or [a_phase(shares=TWO_OPTIONS)]
    asked = asked_of(phases, a_plan(**plan), metrics)
    return Reading(asked, a_plan(**plan), an_answer(*arms, counts=counts)).scope(
        asked.judged_scope, asked.judged.phases
    )


def judged(figures: ScopeFigures, *, metrics=(PRIMARY,), incomplete=False, plan_changed=False, **plan) -> Verdict:  # type: ignore[no-untyped-def]
    return verdict_on(
        figures,
        a_plan(**plan),
        metrics,
        as_of=microseconds_of(AS_OF),
        incomplete=incomplete,
        plan_changed=plan_changed,
    )


def test_every_variant_of_the_phase_has_units_also_when_nobody_met_it() -> None:
    figures = figures_of(an_arm(1, "control", 500, converted(500, 50)), an_arm(1, "b", 310, converted(310, 40)))

    assert figures.units == (
        VariantUnits("control", 500, 5_000),
        VariantUnits("b", 310, 3_000),
        VariantUnits("c", 0, 2_000),
    )
    (metric,) = figures.metrics
    assert metric.result.treatments[1].effect == NoResult(Reason.TOO_FEW_UNITS)


def test_the_split_is_checked_against_the_shares_of_the_phase_itself() -> None:
    figures = figures_of(
        an_arm(1, "control", 5_000, converted(5_000, 500)),
        an_arm(1, "b", 3_000, converted(3_000, 300)),
        an_arm(1, "c", 2_000, converted(2_000, 200)),
    )

    assert isinstance(figures.split, SrmResult)
    assert (figures.split.chi_square, figures.split.p_value) == (0.0, 1.0)


def test_units_in_a_variant_that_the_phase_does_not_have_are_seen_and_not_judged() -> None:
    phases = [
        a_phase(1, shares={"b": 5_000}, closed_at=OPENED + timedelta(days=1)),
        a_phase(2, shares={"c": 5_000}, opened=OPENED + timedelta(days=1)),
    ]
    figures = figures_of(
        an_arm(2, "control", 900, converted(900, 90)),
        an_arm(2, "b", 40, converted(40, 4)),
        an_arm(2, "c", 900, converted(900, 90)),
        phases=phases,
    )
    verdict = judged(figures)

    assert [each.variant for each in figures.units if not each.basis_points] == ["b"]
    assert figures.split == NoResult(Reason.UNITS_IN_CLOSED_ARM)
    assert [each.variant for each in verdict.variants] == ["c"]
    assert verdict.doubts == (Doubt.UNITS_IN_CLOSED_ARM,)


def test_a_clear_difference_wins_and_one_of_the_other_direction_loses() -> None:
    arms = [
        an_arm(1, "control", 50_000, converted(50_000, 5_000)),
        an_arm(1, "b", 30_000, converted(30_000, 3_600)),
        an_arm(1, "c", 20_000, converted(20_000, 1_600)),
    ]

    verdict = judged(figures_of(*arms))

    assert [each.outcome for each in verdict.variants] == [Outcome.WINNING, Outcome.LOSING]
    assert verdict.outcome is Outcome.WINNING


def test_where_lower_is_better_less_wins() -> None:
    metric = a_metric(1, MetricRole.PRIMARY, higher_is_better=False)
    arms = [
        an_arm(1, "control", 50_000, converted(50_000, 5_000)),
        an_arm(1, "b", 30_000, converted(30_000, 3_600)),
        an_arm(1, "c", 20_000, converted(20_000, 1_600)),
    ]

    verdict = judged(figures_of(*arms, metrics=[metric]), metrics=[metric])

    assert [each.outcome for each in verdict.variants] == [Outcome.LOSING, Outcome.WINNING]


def test_a_harmed_guardrail_is_said_whatever_the_primary_metric_does() -> None:
    metrics = [PRIMARY, a_metric(2, MetricRole.GUARDRAIL, margin=0.01, margin_scale="ABSOLUTE")]
    arms = [
        an_arm(1, "control", 50_000, converted(50_000, 5_000), converted(50_000, 25_000)),
        an_arm(1, "b", 30_000, converted(30_000, 3_600), converted(30_000, 12_000)),
        an_arm(1, "c", 20_000, converted(20_000, 2_400), converted(20_000, 10_000)),
    ]

    verdict = judged(figures_of(*arms, metrics=metrics), metrics=metrics)

    assert [each.outcome for each in verdict.variants] == [Outcome.GUARDRAIL_HARMED, Outcome.KEEP_COLLECTING]
    assert verdict.variants[0].guardrails[0].name == "metric-2"


def test_guardrails_are_found_by_their_role_wherever_they_stand_in_the_plan() -> None:
    metrics = [a_metric(2, MetricRole.GUARDRAIL, margin=0.01, margin_scale="ABSOLUTE"), PRIMARY]
    arms = [
        an_arm(1, "control", 50_000, converted(50_000, 25_000), converted(50_000, 5_000)),
        an_arm(1, "b", 30_000, converted(30_000, 15_000), converted(30_000, 3_600)),
        an_arm(1, "c", 20_000, converted(20_000, 10_000), converted(20_000, 1_600)),
    ]

    verdict = judged(figures_of(*arms, metrics=metrics), metrics=metrics)

    assert [each.outcome for each in verdict.variants] == [Outcome.KEEP_COLLECTING, Outcome.LOSING]


@pytest.mark.parametrize(
    ("given", "doubt"),
    [({"incomplete": True}, Doubt.INCOMPLETE_DATA), ({"plan_changed": True}, Doubt.PLAN_CHANGED)],
)
def test_what_others_found_is_a_doubt(given: dict[str, bool], doubt: Doubt) -> None:
    arms = [
        an_arm(1, "control", 50_000, converted(50_000, 5_000)),
        an_arm(1, "b", 30_000, converted(30_000, 3_600)),
        an_arm(1, "c", 20_000, converted(20_000, 2_400)),
    ]

    verdict = judged(figures_of(*arms), **given)

    assert (verdict.outcome, verdict.doubts) == (Outcome.CANNOT_BE_TRUSTED, (doubt,))


@pytest.mark.parametrize(("quarantined", "doubted"), [(9, False), (10, True)])
def test_a_few_units_in_two_variants_are_no_doubt_and_a_hundredth_is(quarantined: int, doubted: bool) -> None:
    arms = [
        an_arm(1, "control", 450, converted(450, 45)),
        an_arm(1, "b", 270, converted(270, 36)),
        an_arm(1, "c", 180, converted(180, 24)),
    ]

    verdict = judged(figures_of(*arms, counts=[ScopeCounts(1, quarantined, 0, 0)]))

    assert (Doubt.UNITS_IN_SEVERAL_VARIANTS in verdict.doubts) is doubted


def test_a_hundredth_of_many_units_is_a_doubt_only_above_it() -> None:
    arms = [
        an_arm(1, "control", 4_950, converted(4_950, 45)),
        an_arm(1, "b", 2_970, converted(2_970, 36)),
        an_arm(1, "c", 1_980, converted(1_980, 24)),
    ]

    at, above = (judged(figures_of(*arms, counts=[ScopeCounts(1, count, 0, 0)])) for count in (100, 101))

    assert (at.doubts, above.doubts) == ((), (Doubt.UNITS_IN_SEVERAL_VARIANTS,))


def test_before_a_fixed_horizon_nothing_is_said_and_at_it_the_verdict_is_final() -> None:
    arms = [
        an_arm(1, "control", 50_000, converted(50_000, 5_000)),
        an_arm(1, "b", 30_000, converted(30_000, 3_600)),
        an_arm(1, "c", 20_000, converted(20_000, 2_400)),
    ]
    before, at = (
        judged(figures_of(*arms), rule={"kind": "FIXED_HORIZON", "units": 100_000, "days": days})
        for days in (10.5, 10.0)
    )

    assert (before.outcome, before.is_final) == (Outcome.KEEP_COLLECTING, False)
    assert (at.outcome, at.is_final) == (Outcome.WINNING, True)


def test_p_values_of_secondary_metrics_are_corrected_over_metrics_and_variants_and_the_primary_over_variants() -> None:
    metrics = [PRIMARY, a_metric(2, MetricRole.SECONDARY), a_metric(3, MetricRole.SECONDARY)]
    sums = {"control": (500, 500, 500), "b": (360, 345, 330), "c": (240, 230, 220)}
    units = {"control": 5_000, "b": 3_000, "c": 2_000}
    arms = [an_arm(1, key, units[key], *(converted(units[key], each) for each in sums[key])) for key in units]

    figures = figures_of(*arms, metrics=metrics)

    raw = [[treatment.difference.p_value for treatment in metric.result.treatments] for metric in figures.metrics]  # type: ignore[union-attr]
    corrected = [[each.p_value for each in metric.corrected] for metric in figures.metrics]
    smallest, larger = sorted(raw[0])
    assert sorted(corrected[0]) == pytest.approx([2 * smallest, max(2 * smallest, larger)])  # type: ignore[type-var]
    assert min(min(each) for each in corrected[1:]) == pytest.approx(4 * min(min(each) for each in raw[1:]))  # type: ignore[type-var]


def test_values_without_a_correction_stay_as_they_are() -> None:
    arms = [
        an_arm(1, "control", 5_000, converted(5_000, 500)),
        an_arm(1, "b", 3_000, converted(3_000, 360)),
        an_arm(1, "c", 2_000, converted(2_000, 240)),
    ]

    (metric,) = figures_of(*arms, correction="NONE").metrics

    assert [each.p_value for each in metric.corrected] == [
        each.difference.p_value
        for each in metric.result.treatments  # type: ignore[union-attr]
    ]


def test_progress_counts_the_units_of_the_last_seven_days() -> None:
    day = microseconds_of(AS_OF) // DAY
    phases = [a_phase(shares={"b": 5_000})]
    asked = asked_of(phases, a_plan(), [PRIMARY])
    new = [NewUnits(1, "control", day - 9, 1_000), NewUnits(1, "control", day - 6, 70), NewUnits(1, "b", day - 1, 70)]
    answer = an_answer(an_arm(1, "control", 1_070, converted(1_070, 9)), new_units=new)

    progress = progress_of(Reading(asked, a_plan(), answer).scope(1, phases), as_of=microseconds_of(AS_OF))

    assert (progress.units, progress.days) == (1_070, 10.0)
    assert progress.units_per_day == pytest.approx(140 / 6)  # of the seventh day nothing has passed yet


def test_pooled_phases_are_asked_for_and_judged_as_one() -> None:
    later = OPENED + timedelta(days=3)
    phases = [
        a_phase(1, shares={"b": 5_000}, closed_at=later, bucket_map_id=4),
        a_phase(2, shares={"b": 5_000}, opened=later, bucket_map_id=4),
    ]

    asked = asked_of(phases, a_plan(lookback_days=2), [PRIMARY])

    pooled = asked.question.scopes[-1]
    assert (pooled.id, pooled.phases) == (asked.judged_scope, (1, 2))
    assert (pooled.opened, pooled.closed) == (microseconds_of(OPENED), microseconds_of(AS_OF))
    assert [scope.closed for scope in asked.question.scopes[:2]] == [microseconds_of(later), microseconds_of(AS_OF)]
    assert asked.since == microseconds_of(OPENED - timedelta(days=2))


def test_a_breakdown_has_the_values_with_most_units_first_and_a_check_of_the_split_each() -> None:
    phases = [a_phase(1, shares={"b": 5_000})]
    asked = asked_of(phases, a_plan(), [PRIMARY])
    answer = an_answer(
        an_arm(1, "control", 60, converted(60, 6), dimension_value=None),
        an_arm(1, "b", 60, converted(60, 6), dimension_value=None),
        an_arm(1, "control", 500, converted(500, 50), dimension_value="mobile"),
        an_arm(1, "b", 300, converted(300, 30), dimension_value="mobile"),
    )

    figures = Reading(asked, a_plan(), answer).dimension("device")

    assert [each.value for each in figures.values] == ["mobile", None]
    mobile, unset = figures.values
    assert isinstance(mobile.split, SrmResult)
    assert mobile.split_adjusted_p_value == pytest.approx(2 * mobile.split.always_valid_p_value)
    assert isinstance(unset.split, SrmResult)
    assert unset.split.p_value == 1.0


def test_of_very_many_metrics_variants_and_values_only_the_largest_values_have_metrics() -> None:
    phases = [a_phase(1, shares={"b": 5_000})]
    metrics = [a_metric(number, MetricRole.PRIMARY if number == 1 else MetricRole.SECONDARY) for number in range(1, 31)]
    asked = asked_of(phases, a_plan(), metrics)
    arms = [
        an_arm(1, variant, 1_000 - place, *[converted(1_000 - place, 50)] * 30, dimension_value=str(place))
        for place in range(17)
        for variant in ("control", "b")
    ]

    figures = Reading(asked, a_plan(), an_answer(*arms)).dimension("device")

    # Thirty metrics of two variants, sixteen times, are less than a thousand, and seventeen times more.
    assert (len(figures.values), figures.analysed) == (17, 16)
    assert [len(each.metrics) for each in figures.values] == [30] * 16 + [0]
    assert all(isinstance(each.split, SrmResult) for each in figures.values)


def test_the_largest_value_has_metrics_however_many_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_module, "MOST_COMPARED", 1)
    asked = asked_of([a_phase(1, shares={"b": 5_000})], a_plan(), [PRIMARY])
    arms = [
        an_arm(1, variant, 100, converted(100, 5), dimension_value=value)
        for value in ("x", "y")
        for variant in ("control", "b")
    ]

    figures = Reading(asked, a_plan(), an_answer(*arms)).dimension("device")

    assert [len(each.metrics) for each in figures.values] == [1, 0]


def test_without_a_plan_only_exposures_are_counted() -> None:
    phases = [a_phase(1, shares={"b": 5_000})]
    asked = asked_of(phases, None, [])

    figures = Reading(asked, None, an_answer(an_arm(1, "control", 5), an_arm(1, "b", 7))).scope(1, phases)

    assert ([each.units for each in figures.units], figures.metrics) == ([5, 7], ())


def test_a_metric_says_what_its_values_were_capped_at() -> None:
    definition = {"winsorise": 9_900}
    metric = a_metric(1, MetricRole.PRIMARY, definition=definition)
    phases = [a_phase(1, shares={"b": 5_000})]
    asked = asked_of(phases, a_plan(), [metric])
    name = asked.question.metrics[0].name
    answer = an_answer(an_arm(1, "control", 5, converted(5, 1)), caps=[Caps(name, {1: 80.5})])

    (figures,) = Reading(asked, a_plan(), answer).scope(1, phases).metrics

    assert figures.cap == 80.5


def test_a_phase_in_which_control_has_everything_compares_nothing() -> None:
    figures = figures_of(an_arm(1, "control", 500, converted(500, 50)), phases=[a_phase(shares={})])

    assert ([each.variant for each in figures.units], figures.metrics) == (["control"], ())
    assert figures.split == NoResult(Reason.ONE_OPEN_ARM)


def judged_with_strays(count: int) -> tuple[ScopeFigures, Verdict]:
    """Only c is better than control; so many units of 100,000 met b, which has a share no longer."""
    phases = [
        a_phase(1, shares={"b": 5_000}, closed_at=OPENED + timedelta(days=1)),
        a_phase(2, shares={"c": 5_000}, opened=OPENED + timedelta(days=1)),
    ]
    figures = figures_of(
        an_arm(2, "control", 50_000, converted(50_000, 5_000)),
        an_arm(2, "b", count, converted(count, count // 2)),
        an_arm(2, "c", 50_000, converted(50_000, 6_000)),
        phases=phases,
    )
    return figures, judged(figures)


def test_a_few_units_in_a_variant_without_a_share_change_no_comparison_and_no_verdict() -> None:
    figures, verdict = judged_with_strays(400)
    without, verdict_without = judged_with_strays(0)

    assert [(each.variant, each.units) for each in figures.units] == [("control", 50_000), ("b", 400), ("c", 50_000)]
    assert (figures.split, figures.metrics) == (without.split, without.metrics)
    assert (verdict.outcome, verdict.doubts, verdict.variants) == (Outcome.WINNING, (), verdict_without.variants)


def test_many_units_in_a_variant_without_a_share_are_a_doubt() -> None:
    figures, verdict = judged_with_strays(1_100)

    assert figures.split == NoResult(Reason.UNITS_IN_CLOSED_ARM)
    assert (verdict.outcome, verdict.doubts) == (Outcome.CANNOT_BE_TRUSTED, (Doubt.UNITS_IN_CLOSED_ARM,))
