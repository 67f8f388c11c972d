"""What is said at the end: what was sent, what was wrong on purpose, and what the results say."""

from typing import Any

from simulation.scene import Visited
from simulation.tally import Tally
from simulation.verdicts import said_of

LAYOUT = Visited("id", "layout", "Layout", "checkout-layout", ("control", "one"))


def found(failure: str | None = None) -> dict[str, Any]:
    variants = [{"variant": "control", "units": 1_200}, {"variant": "one", "units": 800}]
    return {
        "resultsState": {"lastAttempt": {"number": 3, "failure": failure and {"message": failure}}},
        "exposures": {"judged": {"units": 2_000, "quarantined": 4, "variants": variants}},
        "results": {"verdict": {"message": "Cannot be trusted: the split is broken."}},
        "health": {
            "checks": [
                {"status": "PROBLEM", "message": "The split is broken."},
                {"status": "OK", "message": "Events arrive."},
            ]
        },
    }


def test_results_are_told_with_what_is_wrong_with_them() -> None:
    assert said_of(LAYOUT, found()) == [
        "Layout:",
        "  2,000 units (control 1,200, one 800), 4 quarantined.",
        "  Cannot be trusted: the split is broken.",
        "  Health: The split is broken.",
    ]


def test_results_that_failed_are_not_told_as_if_they_were_there() -> None:
    assert said_of(LAYOUT, found("the warehouse is away")) == [
        "Layout: the results could not be computed: the warehouse is away"
    ]


def test_a_summary_counts_what_was_refused_by_its_reason() -> None:
    tally = Tally(visits_planned=10)
    tally.add(visits=7, evaluations=7, sent=20, accepted=17, batches=2, lost=3)
    tally.reject(["TOO_OLD", "IN_THE_FUTURE", "TOO_OLD"])
    tally.add(waits=2)

    lines = tally.summary(seconds=3.2)

    assert lines[0] == "7 visits of 10 in 3 s: 7 flags evaluated, 0 times in an experiment."
    assert "17 accepted, 3 rejected." in lines[1]
    assert "3 exposures lost" in lines[2]
    assert lines[3:] == [
        "Rejected: 1 IN_THE_FUTURE, 2 TOO_OLD.",
        "The server asked to come back later 2 times, and was waited for.",
    ]
    assert tally.line() == (
        "7 of 10 visits, 7 evaluations, 17 events accepted, 3 rejected, waited 2 times for the server"
    )
