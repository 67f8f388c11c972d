"""Experiments without an effect, or with a known one, day by day: sums of units as a warehouse would hand them over."""

from dataclasses import dataclass

import numpy as np

from server.experimentation.stats.effects import compare
from server.experimentation.stats.evidence import Health, Plan, Progress, VariantEvidence
from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.sequential import SMALLEST_ARM, half_width
from server.experimentation.stats.terms import Scale
from server.experimentation.stats.verdict import Verdict, judge

Array = np.ndarray


@dataclass(frozen=True)
class Days:
    """Running units and means and variances of means, by experiment, day and arm; arm 0 is control."""

    units: Array
    means: Array
    variances: Array

    def sets(self, critical: Array | float) -> tuple[Array, Array]:
        """The least and the largest lift that each day's test keeps, at that day's critical value; all where none is.

        Fieller's set as the textbook has it, of the ratio: all r with (T - r C)² ≤ h² (V_T + r² V_C).
        """
        square = np.reshape(critical, (-1, 1)) ** 2
        base, spread = self.means[..., :1], self.variances[..., :1]
        values, variances = self.means[..., 1:], self.variances[..., 1:]
        a, b, c = base**2 - square * spread, base * values, values**2 - square * variances
        clear = (a > 0) & (base**2 > 9 * spread) & (spread > 0) & (variances > 0)
        clear &= np.reshape(self.units >= SMALLEST_ARM, (-1, 1))
        a = np.where(clear, a, 1.0)
        half = np.sqrt(np.maximum(b**2 - a * c, 0.0))
        return np.where(clear, (b - half) / a - 1, -np.inf), np.where(clear, (b + half) / a - 1, np.inf)

    def verdict(self, plan: Plan, experiment: int, day: int) -> Verdict:
        """What the real code says of one experiment on one day."""
        at = (experiment, day)
        arms = [
            Level.plain(int(self.units[day]), float(mean), float(variance))
            for mean, variance in zip(self.means[at], self.variances[at], strict=True)
        ]
        evidence = tuple(
            VariantEvidence(f"variant-{index}", compare(arms[0], arm, Scale.RELATIVE))
            for index, arm in enumerate(arms[1:], start=1)
        )
        progress = Progress(int(self.units[day]) * len(arms), day + 1.0, float(self.units[0]) * len(arms))
        return judge(plan, evidence, Health(NoResult(Reason.TOO_FEW_UNITS)), progress)


def conversions(seed: int, rates: list[float], *, experiments: int, days: int, per_day: int) -> Days:
    """Arms in which each unit converts or does not."""
    drawn = np.random.default_rng(seed).binomial(per_day, rates, (experiments, days, len(rates))).cumsum(axis=1)
    units = per_day * np.arange(1, days + 1)
    means = drawn / units[:, None]
    return Days(units, means, means * (1 - means) / units[:, None])


def revenue(
    seed: int,
    arms: int,
    *,
    experiments: int,
    days: int,
    per_day: int,
    paying: float = 0.1,
    sigma: float = 1.0,
    cap: float = 200.0,
) -> Days:
    """Arms in which a part of the units pays, with a heavy tail, capped as revenue is unless somebody does not."""
    rng = np.random.default_rng(seed)
    shape = (experiments, days, arms, per_day)
    paid = np.minimum(rng.lognormal(3, sigma, shape), cap) * (rng.random(shape) < paying)
    units = per_day * np.arange(1, days + 1)
    sums, squares = paid.sum(axis=3).cumsum(axis=1), (paid**2).sum(axis=3).cumsum(axis=1)
    count = units[:, None]
    return Days(units, sums / count, (squares - sums**2 / count) / (count - 1) / count)


def bounds(days: Days, plan: Plan) -> Array:
    """The half-width in standard errors that each day's sequence has."""
    tuning = plan.watch.tuning
    return np.array([half_width(units=2 * int(each), alpha=plan.alpha_each, tuning=tuning) for each in days.units])
