"""What a stored replay says: how far it is, whether rates are what was promised, and in which words."""

from dataclasses import replace

import pytest

from server.experimentation.metrics.plans import PlanTerms
from server.experimentation.models import MetricKind, Replay
from server.experimentation.results.replay_document import RedealtMetric
from server.experimentation.results.replays_shown import (
    AlphaFit,
    ReplayOrder,
    ReplayStatus,
    document_of,
    findings_in_words,
    fit_in_words,
    fit_of,
    replays_for,
    status_of,
)
from server.experimentation.stats.terms import Interval, Scale
from tests.experimentation.acting import start
from tests.experimentation.measuring import new_metric, plan_of, set_plan
from tests.experimentation.results.replaying import (
    FITTING,
    TOO_OFTEN,
    TOO_SELDOM,
    UNTESTED,
    failed_replay,
    pending,
    replayed,
)
from tests.factories import NOW, World, new_world


@pytest.mark.parametrize(
    ("outcome", "fit", "words"),
    [
        (
            FITTING,
            AlphaFit.FITS,
            "Where there was nothing to find, it was significant in 5.2% of 1,000 tests (between 4.0% and 6.8%) at a "
            "level of 5.0%, which fits: its p-values and intervals can be taken at their word.",
        ),
        (
            TOO_OFTEN,
            AlphaFit.TOO_OFTEN,
            "Where there was nothing to find, it was significant in 9.0% of 1,000 tests (between 7.4% and 10.9%) at a "
            "level of 5.0%, which is too often: a few units may have most of what it counts. Cap or winsorise it, "
            "lower where it is so already, or wait for more units.",
        ),
        (
            TOO_SELDOM,
            AlphaFit.TOO_SELDOM,
            "Where there was nothing to find, it was significant in 1.2% of 1,000 tests (between 0.7% and 2.1%) at a "
            "level of 5.0%, which is more seldom than it may: nothing is wrong, but real effects take longer to show.",
        ),
        (
            UNTESTED,
            AlphaFit.UNKNOWN,
            "No run had values to test it by: no unit has an event of it, or all have the same value.",
        ),
    ],
)
def test_a_rate_fits_where_alpha_is_within_its_interval(outcome: RedealtMetric, fit: AlphaFit, words: str) -> None:
    assert (fit_of(outcome, 0.05), fit_in_words(outcome, 0.05, MetricKind.SUM)) == (fit, words)


@pytest.mark.parametrize(
    ("interval", "fit"),
    [
        (Interval(0.04, 0.05), AlphaFit.FITS),
        (Interval(0.04, 0.0499), AlphaFit.TOO_SELDOM),
        (Interval(0.055, 0.065), AlphaFit.FITS),
        (Interval(0.0551, 0.065), AlphaFit.TOO_OFTEN),
    ],
)
def test_an_interval_includes_its_ends_and_a_rate_is_too_often_from_a_tenth_above_alpha(
    interval: Interval, fit: AlphaFit
) -> None:
    assert fit_of(replace(FITTING, interval=interval), 0.05) is fit


@pytest.mark.parametrize("kind", MetricKind)
def test_what_to_do_is_what_can_be_done_with_a_metric_of_that_kind(kind: MetricKind) -> None:
    words = fit_in_words(TOO_OFTEN, 0.05, kind)

    can_be_capped = kind not in (MetricKind.PROPORTION, MetricKind.RETENTION, MetricKind.QUANTILE)
    assert ("Cap or winsorise it" in words) is can_be_capped
    assert "ait for more units" in words


def test_a_document_of_earlier_that_knows_no_kind_is_told_the_same_as_of_a_sum() -> None:
    assert fit_in_words(TOO_OFTEN, 0.05, None) == fit_in_words(TOO_OFTEN, 0.05, MetricKind.SUM)


def test_a_replay_is_pending_then_done_or_failed(world: World) -> None:
    experiment = set_plan(world, world.experiment(), plan_of(new_metric(world)))
    waits, broken = pending(experiment, world.author), failed_replay(experiment, world.author)
    done = replayed(experiment, world.author)

    statuses = [status_of(each) for each in (waits, broken, done)]

    assert statuses == [ReplayStatus.PENDING, ReplayStatus.FAILED, ReplayStatus.DONE]
    assert [document_of(each) for each in (waits, broken)] == [None, None]
    document = document_of(done)
    assert document is not None
    assert findings_in_words(document, done.runs) == (
        "In 7 of 1,000 runs the plan would have called a treatment better or worse than control by its primary "
        "metric; it promises no more than 5.0%, about 50."
    )
    assert findings_in_words(replace(document, units=999_204, units_in_all=12_000_000), done.runs).startswith(
        "Of 12,000,000 units 999,204 were drawn at random, and dealt. In 7 of 1,000 runs the plan would have called"
    )
    for status, row in zip(statuses, (waits, broken, done), strict=True):
        assert list(replays_for(Replay.objects.all(), world.author, statuses=[status])) == [row]
    assert list(replays_for(Replay.objects.all(), world.author, statuses=[])) == []
    assert list(replays_for(Replay.objects.all(), world.author, order=ReplayOrder.OLDEST)) == [waits, broken, done]


def test_replays_exist_for_those_who_see_the_experiment(world: World) -> None:
    pending(start(world, world.experiment(), NOW), world.author)

    assert replays_for(Replay.objects.all(), world.author).count() == 1
    assert not replays_for(Replay.objects.all(), new_world().author).exists()


def test_the_level_that_words_name_is_the_plans(world: World) -> None:
    terms = PlanTerms(Scale.RELATIVE, 0.05, alpha=0.01)
    experiment = set_plan(world, world.experiment(), plan_of(new_metric(world), terms))

    document = document_of(replayed(experiment, world.author))

    assert document is not None
    assert document.alpha == 0.01
    assert fit_of(document.metrics[0].outcome, document.alpha) is AlphaFit.TOO_OFTEN
