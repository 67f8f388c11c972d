"""Posteriors under priors that are shown; chances and losses that agree with each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.experimentation.stats.bayes import FLAT, NormalPrior, expected_excess, posterior
from server.experimentation.stats.best import Best, best
from server.experimentation.stats.conjugate import BetaPosterior, chances_to_be_highest
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.terms import Direction, Scale
from tests.experimentation.stats.making import effect_of

UP, DOWN = Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER
SCEPTIC = NormalPrior(0.0, 0.05, Scale.RELATIVE)


@given(st.floats(-1, 1), st.floats(0.001, 1), st.floats(-1, 1), st.floats(0.001, 1))
def test_the_posterior_lies_between_prior_and_data(value: float, error: float, mean: float, deviation: float) -> None:
    found = posterior(
        effect_of(value, error), prior=NormalPrior(mean, deviation, Scale.RELATIVE), direction=UP, alpha=0.05
    )

    assert min(value, mean) - 1e-12 <= found.mean <= max(value, mean) + 1e-12
    assert found.standard_deviation <= min(error, deviation) * (1 + 1e-12)


@given(st.floats(-1, 1), st.floats(0.001, 1))
def test_a_lower_value_is_as_good_as_a_higher_one_in_the_other_direction(value: float, error: float) -> None:
    up = posterior(effect_of(value, error), prior=FLAT, direction=UP, alpha=0.05)
    down = posterior(effect_of(-value, error), prior=FLAT, direction=DOWN, alpha=0.05)

    assert down.chance_to_beat_control == up.chance_to_beat_control
    assert down.expected_loss == up.expected_loss
    assert down.mean == -up.mean


@given(st.floats(-30, 30))
def test_what_is_lost_and_what_is_gained_differ_by_the_effect(z: float) -> None:
    assert expected_excess(z) - expected_excess(-z) == pytest.approx(z, abs=1e-12)
    assert expected_excess(z) > 0


def test_a_prior_on_the_other_scale_is_converted_and_shown_as_it_was_used() -> None:
    effect = Effect(Scale.ABSOLUTE, 1.0, 0.02, 0.02, 998.0, 500, 500, 20.0)
    found = posterior(effect, prior=SCEPTIC, direction=UP, alpha=0.05)

    assert found.prior == NormalPrior(0.0, 1.0, Scale.ABSOLUTE)
    assert found.mean == pytest.approx(1.0 / (1 + 0.04))


def test_of_one_treatment_the_best_is_the_one_that_beats_control() -> None:
    effect = effect_of(0.02, 0.015)
    alone = posterior(effect, prior=SCEPTIC, direction=UP, alpha=0.05)
    found = best([effect], prior=SCEPTIC, direction=UP)

    assert found.chances[0] == pytest.approx(alone.chance_to_beat_control, abs=1e-6)
    assert found.chance_of_control == pytest.approx(1 - alone.chance_to_beat_control, abs=1e-6)
    assert found.losses[0] == pytest.approx(alone.expected_loss, abs=1e-7)
    assert found.loss_of_control == pytest.approx(alone.expected_loss_of_control, abs=1e-7)


EFFECTS = st.builds(
    lambda value, own, control: Effect(Scale.RELATIVE, value, own**2, control**2, 1e6, 10**5, 10**5, 1.0),
    st.floats(-0.1, 0.1),
    st.floats(0.005, 0.05),
    st.floats(0.005, 0.05),
)


@settings(max_examples=30)
@given(st.lists(EFFECTS, min_size=1, max_size=4), st.sampled_from(Direction))
def test_chances_to_be_best_add_up_to_one(effects: list[Effect], direction: Direction) -> None:
    found = best(effects, prior=FLAT, direction=direction)

    assert found.chance_of_control + sum(found.chances) == pytest.approx(1.0, abs=1e-5)
    assert all(loss >= 0 for loss in (found.loss_of_control, *found.losses))


def simulated(means: list[float], errors: list[float], control_error: float) -> Best:
    """The same by two million draws of independent arms."""
    rng = np.random.default_rng(5)
    control = rng.normal(0, control_error, 2_000_000)
    effects = np.stack(
        [rng.normal(mean, error, control.size) - control for mean, error in zip(means, errors, strict=True)]
    )
    highest = np.maximum(effects.max(axis=0), 0)
    return Best(
        float((effects < 0).all(axis=0).mean()),
        tuple(float(each) for each in (effects == highest).mean(axis=1)),
        float(highest.mean()),
        tuple(float(highest.mean() - mean) for mean in means),
        FLAT,
    )


def test_chances_and_losses_are_those_of_simulated_arms() -> None:
    means, errors, control_error = [0.01, 0.02, -0.01], [0.01, 0.02, 0.015], 0.012
    effects = [
        Effect(Scale.ABSOLUTE, mean, error**2, control_error**2, 1e6, 10**5, 10**5, 1.0)
        for mean, error in zip(means, errors, strict=True)
    ]
    found, drawn = best(effects, prior=FLAT, direction=UP), simulated(means, errors, control_error)

    assert found.chance_of_control == pytest.approx(drawn.chance_of_control, abs=2e-3)
    assert found.chances == pytest.approx(drawn.chances, abs=2e-3)
    assert found.loss_of_control == pytest.approx(drawn.loss_of_control, abs=5e-5)
    assert found.losses == pytest.approx(drawn.losses, abs=5e-5)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(1, 500), st.floats(1, 500)), min_size=2, max_size=4))
def test_chances_of_rates_add_up_to_one(shapes: list[tuple[float, float]]) -> None:
    assert sum(chances_to_be_highest([BetaPosterior(a, b) for a, b in shapes])) == pytest.approx(1.0, abs=1e-7)
