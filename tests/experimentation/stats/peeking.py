"""Streams without an effect, looked at again and again: how often each way of judging calls a winner or a loser."""

from dataclasses import dataclass

import numpy as np

from server.experimentation.stats.sequential import half_width


@dataclass(frozen=True)
class Rates:
    sequence: float
    fixed: float
    chance_to_beat: float


def peeking_rates(*, seed: int, streams: int, horizon: int, looks: int, alpha: float, tuning_n: float) -> Rates:
    """Of normal streams, looked at at log-spaced times from 100 on."""
    rng = np.random.default_rng(seed)
    times = np.unique(np.geomspace(100, horizon, looks).round().astype(int))
    steps = np.diff(times, prepend=0)
    sums = np.cumsum(rng.normal(size=(streams, len(times))) * np.sqrt(steps), axis=1)
    scores = np.abs(sums) / np.sqrt(times)
    bounds = np.array([half_width(units=int(each), alpha=alpha, tuning=tuning_n) for each in times])
    return Rates(
        float((scores > bounds).any(axis=1).mean()),
        float((scores > 1.959964).any(axis=1).mean()),
        float((scores > 1.644854).any(axis=1).mean()),
    )


def accumulating_rate(*, seed: int, experiments: int, per_arm: int, looks: int, alpha: float, tuning: float) -> float:
    """Of experiments whose units are all in at the first look, and whose outcomes go on: how many are ever decided.

    Between two looks a unit has as many outcomes as a Poisson draw says, in both arms alike. The number of units,
    and with it the half-width, stays what it is.
    """
    rng = np.random.default_rng(seed)
    control, treatment = rng.poisson(per_arm, (2, experiments, looks)).cumsum(axis=2)
    scores = np.abs(treatment - control) / np.sqrt(treatment + control)
    bound = half_width(units=2 * per_arm, alpha=alpha, tuning=tuning)
    return float((scores > bound).any(axis=1).mean())
