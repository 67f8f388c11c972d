"""Plans as values: as they are asked for, as they are in force, and as they are stored. Checks and writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from server.experimentation.models import MetricRole, Plan, PlanMetric
from server.experimentation.stats.bayes import NormalPrior
from server.experimentation.stats.rules import AlwaysValid, FixedHorizon, StoppingRule
from server.experimentation.stats.sequential import TUNING
from server.experimentation.stats.terms import Scale

DEFAULT_ALPHA = 0.05
DEFAULT_POWER = 0.8
DEFAULT_LOOKBACK_DAYS = 14


class Correction(StrEnum):
    """How the p-values of secondary metrics are adjusted for being many."""

    HOLM = "HOLM"
    BENJAMINI_HOCHBERG = "BENJAMINI_HOCHBERG"
    NONE = "NONE"


class RuleKind(StrEnum):
    """When an experiment may be judged."""

    ALWAYS_VALID = "ALWAYS_VALID"
    FIXED_HORIZON = "FIXED_HORIZON"


@dataclass(frozen=True, slots=True)
class AnyTime:
    """Judged whenever one looks; tightest at this number of units."""

    tuning: float = TUNING


@dataclass(frozen=True, slots=True)
class AtHorizon:
    """Judged once: when there have been this many units and days, 0 where it does not say."""

    units: int = 0
    days: float = 0.0


Rule = AnyTime | AtHorizon


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """How an experiment is to be judged, but for its metrics. Without a prior, every effect is as likely as another."""

    scale: Scale
    minimum_effect: float
    alpha: float = DEFAULT_ALPHA
    power: float = DEFAULT_POWER
    rule: Rule = AnyTime()
    expected_days: float | None = None
    prior: NormalPrior | None = None
    correction: Correction = Correction.HOLM
    lookback_days: int = DEFAULT_LOOKBACK_DAYS
    dimensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GuardrailRequest:
    """A metric that must not suffer, and how much of it one is ready to lose."""

    metric_id: int
    margin: float
    scale: Scale


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A whole plan as it is asked for."""

    primary: int
    terms: PlanTerms
    secondary: tuple[int, ...] = ()
    guardrails: tuple[GuardrailRequest, ...] = ()

    @property
    def metric_ids(self) -> tuple[int, ...]:
        """All its metrics, in the order in which they are shown."""
        return (self.primary, *self.secondary, *(each.metric_id for each in self.guardrails))


@dataclass(frozen=True, slots=True)
class Pinned:
    """A metric as it was when the plan was written, in its role; only a guardrail has a margin."""

    version_id: int
    role: MetricRole
    margin: float | None = None
    margin_scale: Scale | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan says: two that say the same are equal."""

    terms: PlanTerms
    metrics: tuple[Pinned, ...]

    @property
    def judgement(self) -> tuple[object, ...]:
        """What a verdict may depend on: it differs where a change of the plan might change one."""
        terms = self.terms
        judged = frozenset(each for each in self.metrics if each.role is not MetricRole.SECONDARY)
        decides = (terms.scale, terms.minimum_effect, terms.alpha, terms.power, terms.rule)
        return (judged, *decides, terms.lookback_days)  # the adjustment by the past moves the interval


def planned_of(request: PlanRequest, versions: dict[int, int]) -> Planned:
    """What a checked request says; ``versions`` are the current ones of its metrics, by the metrics' ids."""
    return Planned(
        request.terms,
        (
            Pinned(versions[request.primary], MetricRole.PRIMARY),
            *(Pinned(versions[metric_id], MetricRole.SECONDARY) for metric_id in request.secondary),
            *(
                Pinned(versions[each.metric_id], MetricRole.GUARDRAIL, float(each.margin), each.scale)
                for each in request.guardrails
            ),
        ),
    )


def planned_in(plan: Plan, metrics: Sequence[PlanMetric]) -> Planned:
    """What a stored plan says, with its metrics in their order."""
    return Planned(
        PlanTerms(
            scale=Scale(plan.scale),
            minimum_effect=plan.minimum_effect,
            alpha=plan.alpha,
            power=plan.power,
            rule=rule_in(plan.rule),
            expected_days=plan.expected_days,
            prior=prior_in(plan.prior),
            correction=Correction(plan.correction),
            lookback_days=plan.lookback_days,
            dimensions=tuple(plan.dimensions),
        ),
        tuple(
            Pinned(
                each.version_id,
                MetricRole(each.role),
                each.margin,
                Scale(each.margin_scale) if each.margin_scale else None,
            )
            for each in metrics
        ),
    )


def columns_of(terms: PlanTerms) -> dict[str, Any]:
    """The terms as a plan's row holds them."""
    prior = terms.prior
    return {
        "scale": terms.scale.value,
        "minimum_effect": float(terms.minimum_effect),
        "alpha": float(terms.alpha),
        "power": float(terms.power),
        "rule": rule_document(terms.rule),
        "expected_days": None if terms.expected_days is None else float(terms.expected_days),
        "prior": prior
        and {
            "mean": float(prior.mean),
            "standardDeviation": float(prior.standard_deviation),
            "scale": prior.scale.value,
        },
        "correction": terms.correction.value,
        "lookback_days": terms.lookback_days,
        "dimensions": list(terms.dimensions),
    }


def rule_document(rule: Rule) -> dict[str, Any]:
    """A stopping rule as it is stored."""
    if isinstance(rule, AnyTime):
        return {"kind": RuleKind.ALWAYS_VALID.value, "tuning": float(rule.tuning)}
    return {"kind": RuleKind.FIXED_HORIZON.value, "units": rule.units, "days": float(rule.days)}


def rule_in(stored: dict[str, Any]) -> Rule:
    """A stopping rule from how it is stored."""
    if stored["kind"] == RuleKind.ALWAYS_VALID:
        return AnyTime(stored["tuning"])
    return AtHorizon(stored["units"], stored["days"])


def stopping_rule(rule: Rule) -> StoppingRule:
    """A rule in the terms of the statistics."""
    return AlwaysValid(rule.tuning) if isinstance(rule, AnyTime) else FixedHorizon(rule.units, rule.days)


def prior_in(stored: dict[str, Any] | None) -> NormalPrior | None:
    """A prior from how it is stored; None for a flat one."""
    if stored is None:
        return None
    return NormalPrior(stored["mean"], stored["standardDeviation"], Scale(stored["scale"]))
