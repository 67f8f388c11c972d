"""What is said of an experiment's data, and when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.experimentation.models import Experiment, Status
from server.experimentation.results.document import ResultsDocument, VariantUnits
from server.experimentation.results.fairness import split_of
from server.experimentation.results.health import Attempt, Vitals, health_of
from server.experimentation.results.health_terms import HealthCheck, HealthCode, HealthStatus
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.srm import SrmResult
from tests.experimentation.results.made_up import AS_OF, FAIR, Seen, a_metric, documented, phase, planned
from tests.experimentation.results.making import OPENED, a_plan

OK, WARNING, PROBLEM, UNSURE = (
    HealthStatus.OK,
    HealthStatus.WARNING,
    HealthStatus.PROBLEM,
    HealthStatus.NOT_ENOUGH_DATA,
)
EVERY = timedelta(hours=1)
DONE = Attempt(as_of=AS_OF, finished_at=AS_OF)
BROKEN = {"control": 1_000, "blue": 700}


def figures(seen: Seen | None = None, *, blue: int = 5_000) -> ResultsDocument:
    """The figures of an experiment in its first phase."""
    plan = a_plan()
    experiment = Experiment(pk=1, environment_id=1, key="colours")
    return documented(experiment, [phase(blue=blue)], plan, [planned(plan, a_metric())], seen)


def vitals(**changes: Any) -> Vitals:
    """Those of an experiment that runs and is well."""
    well: dict[str, Any] = {
        "status": Status.RUNNING,
        "started_at": OPENED,
        "every": EVERY,
        "current": DONE,
        "latest": DONE,
        "document": changes.pop("document", None) or figures(changes.pop("seen", None)),
    }
    return Vitals(**(well | changes))


def check_of(code: HealthCode, after: timedelta = timedelta(0), **changes: Any) -> HealthCheck:
    """The one check with this code, so long after the results were computed."""
    (found,) = [each for each in health_of(vitals(**changes), now=AS_OF + after).checks if each.code is code]
    return found


def told(code: HealthCode, after: timedelta = timedelta(0), **changes: Any) -> tuple[HealthStatus, str]:
    """What the one check with this code says."""
    found = check_of(code, after, **changes)
    return found.status, found.message


def test_an_experiment_that_is_well_passes_every_check() -> None:
    health = health_of(vitals(), now=AS_OF)

    assert health.status is OK
    assert [(each.code.value, each.status) for each in health.checks] == [
        ("RESULTS", OK),
        ("WAITING_EVENTS", OK),
        ("PLAN", OK),
        ("EXPOSURES", OK),
        ("SPLIT", OK),
        ("SEVERAL_VARIANTS", OK),
        ("OUTSIDE_PHASE", OK),
        ("UNKNOWN_VARIANTS", OK),
        ("EVENTS_FORGOTTEN", OK),
    ]


def test_the_health_is_as_bad_as_the_worst_check() -> None:
    assert health_of(vitals(has_plan=False), now=AS_OF).status is WARNING
    assert health_of(vitals(has_plan=False, plan_changed=True, seen=Seen([BROKEN])), now=AS_OF).status is PROBLEM


def test_of_a_draft_nothing_can_be_said() -> None:
    (check,) = health_of(Vitals(Status.DRAFT, None, EVERY), now=AS_OF).checks

    assert (check.code, check.status) == (HealthCode.RESULTS, UNSURE)
    assert check.message == "The experiment has not started: there is nothing to check yet."


def test_before_the_first_results_only_what_needs_no_figures_is_checked() -> None:
    health = health_of(Vitals(Status.RUNNING, OPENED, EVERY), now=AS_OF)

    assert [each.code.value for each in health.checks] == ["RESULTS", "WAITING_EVENTS", "PLAN"]
    assert health.status is UNSURE
    assert health.checks[0].message == "Results have not been computed yet: a worker does so within minutes."


def test_results_are_overdue_after_twice_the_schedule() -> None:
    assert told(HealthCode.RESULTS, 2 * EVERY) == (OK, "The results are of 2026-03-03 00:00 UTC.")
    assert told(HealthCode.RESULTS, 2 * EVERY + timedelta(seconds=1)) == (
        WARNING,
        "The results are of 2026-03-03 00:00 UTC, and newer ones are overdue: does a worker run?",
    )


def test_final_results_are_never_overdue() -> None:
    final = replace(DONE, is_final=True)

    found = told(HealthCode.RESULTS, timedelta(days=365), current=final, latest=final, status=Status.COMPLETED)

    assert found == (OK, "The last results of the completed experiment are there.")


@pytest.mark.parametrize(("after", "status"), [(EVERY, WARNING), (3 * EVERY, PROBLEM)])
def test_a_failure_is_told_with_what_is_shown_meanwhile(after: timedelta, status: HealthStatus) -> None:
    failed = Attempt(AS_OF + EVERY, AS_OF + EVERY, failure="The disk is full.")

    assert told(HealthCode.RESULTS, after, latest=failed) == (
        status,
        "The last computation failed at 2026-03-03 01:00 UTC: The disk is full. "
        "Shown are the results as of 2026-03-03 00:00 UTC; it is tried again by itself.",
    )


def test_where_everything_failed_there_are_no_results() -> None:
    failed = Attempt(AS_OF, AS_OF, failure="The disk is full.")

    (results, *_) = health_of(Vitals(Status.RUNNING, OPENED, EVERY, latest=failed), now=AS_OF).checks

    assert (results.status, results.message) == (
        PROBLEM,
        "The last computation failed at 2026-03-03 00:00 UTC: The disk is full. "
        "There are no results yet; it is tried again by itself.",
    )


@pytest.mark.parametrize(
    ("waited", "status"),
    [
        (timedelta(minutes=10), OK),
        (timedelta(minutes=11), WARNING),
        (timedelta(hours=1), WARNING),
        (timedelta(hours=1, seconds=1), PROBLEM),
    ],
)
def test_events_that_wait_long_are_a_problem(waited: timedelta, status: HealthStatus) -> None:
    found = check_of(HealthCode.WAITING_EVENTS, waiting_events=1_234, waiting_since=AS_OF - waited)

    assert (found.status, found.count, found.since) == (status, 1_234, AS_OF - waited)
    assert found.message.startswith("1,234 accepted events of the environment are not in the warehouse yet")
    assert found.message.endswith("does a worker run, and reach the warehouse?") is (status is not OK)


def test_without_a_plan_there_is_a_warning_and_a_changed_one_is_a_problem() -> None:
    assert told(HealthCode.PLAN, has_plan=False)[0] is WARNING
    assert told(HealthCode.PLAN, plan_changed=True)[0] is PROBLEM


def nobody() -> ResultsDocument:
    """The figures of an experiment that nobody has met."""
    return figures(Seen([{}], last_exposure=None))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (WARNING, "though it runs: does the application send exposures, and is anybody in the gate?")),
        ({"status": Status.PAUSED}, (UNSURE, "Nobody has met the experiment since 2026-03-01 00:00 UTC.")),
        (
            {"started_at": AS_OF - timedelta(hours=1)},
            (UNSURE, "Nobody has met the experiment since 2026-03-02 23:00 UTC."),
        ),
    ],
)
def test_an_experiment_that_runs_and_that_nobody_meets_is_told(
    changes: dict[str, Any], expected: tuple[HealthStatus, str]
) -> None:
    status, message = told(HealthCode.EXPOSURES, document=nobody(), **changes)

    assert (status, message[-len(expected[1]) :]) == expected


def test_exposures_that_have_stopped_are_told_while_it_runs() -> None:
    silent = Seen(last_exposure=AS_OF - timedelta(days=1, seconds=1))

    assert told(HealthCode.EXPOSURES, seen=silent) == (
        WARNING,
        "The last exposure was at 2026-03-01 23:59 UTC, though the experiment runs: are exposures still sent?",
    )
    assert told(HealthCode.EXPOSURES, seen=silent, status=Status.PAUSED) == (OK, "2,000 units have met the experiment.")
    assert told(HealthCode.EXPOSURES, seen=Seen(last_exposure=AS_OF - timedelta(days=1)))[0] is OK


def test_silence_counts_until_what_the_figures_could_have_seen() -> None:
    """Of a warehouse that is filled at night, and of results that are overdue, nobody knows what came since."""
    days = timedelta(days=2)
    current = Attempt(AS_OF, AS_OF + days)

    assert (
        told(HealthCode.EXPOSURES, days, seen=Seen(last_exposure=AS_OF - timedelta(hours=1)), current=current)[0] is OK
    )


def test_an_unfair_split_of_a_phase_is_a_problem_and_says_its_p_value() -> None:
    found = check_of(HealthCode.SPLIT, seen=Seen([BROKEN]))

    assert isinstance(found.split, SrmResult)
    assert found.split.always_valid_p_value < 0.001
    assert (found.status, found.phase) == (PROBLEM, 1)
    assert found.message == (
        f"The variants have not got the units that the split of phase 1 says "
        f"(p = {found.split.always_valid_p_value:.2g}). "
        "Look for crashes, redirects, bots or filters that hit one variant alone."
    )


def test_an_odd_split_is_a_warning() -> None:
    found = check_of(HealthCode.SPLIT, seen=Seen([{"control": 1_000, "blue": 833}]))

    assert isinstance(found.split, SrmResult)
    assert 0.001 < found.split.always_valid_p_value < 0.01
    assert found.status is WARNING


@pytest.mark.parametrize(
    ("units", "blue", "status", "reason"),
    [
        ({"control": 3, "blue": 4}, 5_000, UNSURE, Reason.TOO_FEW_UNITS),
        (FAIR, 10_000, PROBLEM, Reason.UNITS_IN_CLOSED_ARM),
        ({"blue": 1_000}, 10_000, WARNING, Reason.ONE_OPEN_ARM),
    ],
)
def test_a_split_that_cannot_be_checked_has_a_typed_reason(
    units: dict[str, int], blue: int, status: HealthStatus, reason: Reason
) -> None:
    found = check_of(HealthCode.SPLIT, document=figures(Seen([units]), blue=blue))

    assert (found.status, found.split) == (status, NoResult(reason))


def strayed(count: int, units: dict[str, int]) -> ResultsDocument:
    """Figures in whose first phase so many units have met a variant that only another phase has."""
    document = figures(Seen([units]))
    stray = VariantUnits("red", count, 0)
    (first,) = document.phases
    arms = (*first.units, stray)
    return replace(document, phases=(replace(first, units=arms, split=split_of(arms)),))


@pytest.mark.parametrize(
    ("count", "units", "status"),
    [
        (0, FAIR, OK),
        (1, FAIR, WARNING),
        (20, FAIR, WARNING),
        (21, FAIR, PROBLEM),
        (1, BROKEN, PROBLEM),
        (1, {"control": 3, "blue": 4}, WARNING),
    ],
)
def test_a_few_units_in_a_variant_without_a_share_are_a_warning_and_many_a_problem(
    count: int, units: dict[str, int], status: HealthStatus
) -> None:
    found = check_of(HealthCode.SPLIT, document=strayed(count, units))

    assert (found.status, found.count) == (status, count or None)
    assert (found.split == NoResult(Reason.UNITS_IN_CLOSED_ARM)) is (count == 21)


def test_a_few_stray_units_are_told_beside_what_the_split_says() -> None:
    assert told(HealthCode.SPLIT, document=strayed(1, FAIR))[1] == (
        "The variants have the units that the split of phase 1 says. 1 of its 2,001 units have met a variant whose "
        "share is 0, and are left out: does something else serve the variants, or does somebody send made-up events?"
    )


def test_each_phase_is_checked_against_its_own_split() -> None:
    plan, turn = a_plan(), OPENED + timedelta(days=1)
    phases = [phase(1, blue=1_000, closed=turn), phase(2, blue=5_000, opened=turn)]
    seen = Seen([{"control": 900, "blue": 100}, {"control": 500, "blue": 500}])
    experiment = Experiment(pk=1, environment_id=1, key="colours")
    document = documented(experiment, phases, plan, [planned(plan, a_metric())], seen)

    checks = health_of(vitals(document=document), now=AS_OF).checks

    splits = [(each.phase, each.status) for each in checks if each.code is HealthCode.SPLIT]
    assert splits == [(1, OK), (2, OK)]


def test_of_a_dimension_the_values_with_an_unfair_split_are_told_and_no_others() -> None:
    seen = Seen(values={"browser": {"Firefox": {"control": 500, "blue": 500}, None: {"control": 500, "blue": 200}}})

    found = check_of(HealthCode.SPLIT_OF_VALUE, seen=seen)

    assert (found.status, found.property, found.value) == (PROBLEM, "browser", None)
    assert "the split of units without browser" in found.message


@pytest.mark.parametrize(
    ("units", "status", "message"),
    [
        ({"control": 500, "blue": 500}, OK, "No value of browser has an unfair split."),
        ({"control": 2, "blue": 2}, UNSURE, "No value of browser has enough units to check its split."),
    ],
)
def test_a_dimension_without_fault_is_one_check(units: dict[str, int], status: HealthStatus, message: str) -> None:
    seen = Seen(values={"browser": {"Firefox": units, "Safari": units}})

    assert told(HealthCode.SPLIT_OF_VALUE, seen=seen) == (status, message)


@pytest.mark.parametrize(("found", "status"), [(0, OK), (9, OK), (20, OK), (21, PROBLEM)])
def test_units_in_several_variants_are_a_problem_above_one_in_a_hundred(found: int, status: HealthStatus) -> None:
    check = check_of(HealthCode.SEVERAL_VARIANTS, seen=Seen([{"control": 990, "blue": 990}], quarantined=found))

    assert (check.status, check.count) == (status, found)
    assert ("are left out" in check.message) is (found > 0)


@pytest.mark.parametrize("code", [HealthCode.OUTSIDE_PHASE, HealthCode.UNKNOWN_VARIANTS])
@pytest.mark.parametrize(("found", "status"), [(0, OK), (20, OK), (21, WARNING)])
def test_exposures_that_do_not_count_are_told(code: HealthCode, found: int, status: HealthStatus) -> None:
    seen = Seen(outside=found) if code is HealthCode.OUTSIDE_PHASE else Seen(unknown=found)

    check = check_of(code, seen=seen)

    assert (check.status, check.count) == (status, found)


@pytest.mark.parametrize(
    ("keep_days", "lookback_days", "changes", "status"),
    [
        (0, 30, {}, OK),
        (9, 0, {}, OK),
        (8, 0, {}, WARNING),
        (8, 0, {"status": Status.COMPLETED}, OK),
        (2, 0, {}, WARNING),
        (1, 0, {}, PROBLEM),
        (1, 0, {"status": Status.COMPLETED}, PROBLEM),
        (9, 7, {}, OK),
        (9, 8, {}, WARNING),
        (9, 8, {"status": Status.COMPLETED}, WARNING),
    ],
)
def test_events_that_were_removed_are_a_problem_where_they_count_and_a_warning_where_they_explain(
    keep_days: int, lookback_days: int, changes: dict[str, Any], status: HealthStatus
) -> None:
    """It opened two days before the results are of."""
    found = check_of(HealthCode.EVENTS_FORGOTTEN, keep_days=keep_days, lookback_days=lookback_days, **changes)

    assert found.status is status


def test_events_that_were_removed_are_told_with_the_setting_that_keeps_them() -> None:
    def said_of(keep_days: int, lookback_days: int = 0) -> str:
        return told(HealthCode.EVENTS_FORGOTTEN, keep_days=keep_days, lookback_days=lookback_days)[1]

    assert said_of(0) == "All events that count are kept."
    assert said_of(1) == (
        "Events from before 2026-03-02 00:00 UTC have been removed (WAREHOUSE_KEEP_DAYS is 1), and what is judged "
        "opened at 2026-03-01 00:00 UTC: units and outcomes are missing, and the verdict cannot be trusted. "
        "Raise WAREHOUSE_KEEP_DAYS above what an experiment takes, and repeat it."
    )
    assert said_of(8) == (
        "From 2026-03-09 00:00 UTC on, events that count are removed (WAREHOUSE_KEEP_DAYS is 8), and the verdict "
        "cannot be trusted any more: raise it, or complete the experiment before."
    )
    assert said_of(9, 8) == (
        "Events from before 2026-02-22 00:00 UTC have been removed (WAREHOUSE_KEEP_DAYS is 9), and with them some of "
        "what units did before they met the experiment: values are adjusted by less of it (CUPED), and intervals are "
        "wider. Raise WAREHOUSE_KEEP_DAYS."
    )


def test_final_results_stay_well_when_their_events_are_removed_afterwards() -> None:
    final = replace(DONE, is_final=True)
    changes: dict[str, Any] = {"current": final, "latest": final, "status": Status.COMPLETED, "keep_days": 30}

    assert told(HealthCode.EVENTS_FORGOTTEN, timedelta(days=400), **changes)[0] is OK
