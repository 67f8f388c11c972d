"""Experiments without an effect, or with a known one, day by day: sums of units as a warehouse would hand them over."""

from dataclasses import dataclass

import numpy as np

from server.experimentation.stats.effects import compare
from server.experimentation.stats.evidence import Health, Plan, Progress, VariantEvidence
from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.sequential import half_width
from server.experimentation.stats.terms import Scale
from server.experimentation.stats.verdict import Verdict, judge

Array = np.ndarray


@dataclass(frozen=True)
class Days:
    """Running units and means and variances of means, by experiment, day and arm; arm 0 is control."""

    units: Array
    means: Array
    variances: Array

    def lifts(self) -> tuple[Array, Array]:
        """All lifts and their standard errors at once, by the formulas of `effects`."""
        base, spread = self.means[..., :1], self.variances[..., :1]
        values, variances = self.means[..., 1:], self.variances[..., 1:]
        return values / base - 1, np.sqrt(variances / base**2 + values**2 * spread / base**4)

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


def revenue(seed: int, arms: int, *, experiments: int, days: int, per_day: int) -> Days:
    """Arms in which a tenth of the units pays, with a heavy tail, capped as revenue is."""
    rng = np.random.default_rng(seed)
    shape = (experiments, days, arms, per_day)
    paid = np.minimum(rng.lognormal(3, 1, shape), 200.0) * (rng.random(shape) < 0.1)
    units = per_day * np.arange(1, days + 1)
    sums, squares = paid.sum(axis=3).cumsum(axis=1), (paid**2).sum(axis=3).cumsum(axis=1)
    count = units[:, None]
    return Days(units, sums / count, (squares - sums**2 / count) / (count - 1) / count)


def bounds(days: Days, plan: Plan) -> Array:
    """The half-width in standard errors that each day's sequence has."""
    tuning = plan.watch.tuning
    return np.array([half_width(units=2 * int(each), alpha=plan.alpha_each, tuning=tuning) for each in days.units])
