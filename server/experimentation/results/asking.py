"""Which question an experiment's phases and plan make for the warehouse. Asks nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from server.evaluation.snapshot import CONTROL_ARM
from server.experimentation.metrics.definitions import question_of
from server.experimentation.models import Experiment, Phase, Plan, PlanMetric
from server.experimentation.results.running import served_until
from server.experimentation.results.stretches import Stretch, stretches_of
from server.warehouse.questions.terms import ExperimentQuestion, MetricQuestion, Scope
from server.warehouse.times import microseconds_of

POOLED = 1_000_000
"""The id of the scope of pooled phases; that of a phase by itself is its number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The question, with what it was made of. ``judged`` is the stretch that the verdict is about."""

    question: ExperimentQuestion
    phases: tuple[Phase, ...]
    judged: Stretch
    metrics: tuple[PlanMetric, ...]

    @property
    def judged_scope(self) -> int:
        """The scope of the stretch that is judged."""
        phases = self.judged.phases
        return POOLED if len(phases) > 1 else phases[0].number

    @property
    def since(self) -> int:
        """No event before this time can count: the first phase's start, less the units' past."""
        return min(scope.opened for scope in self.question.scopes) - self.longest_past

    @property
    def longest_past(self) -> int:
        """How long before a unit's first exposure its events may count."""
        return max((metric.lookback for metric in self.question.metrics), default=0)

    def by_dimension(self, name: str) -> ExperimentQuestion:
        """The same about what is judged only, apart by a property of exposures."""
        wanted = {self.judged_scope, *self.judged.numbers}
        answered = tuple(scope.id for scope in self.question.scopes if scope.id in wanted)
        return replace(self.question, dimension=name, answered=answered)


def ask_about(
    experiment: Experiment,
    phases: Sequence[Phase],
    plan: Plan | None,
    metrics: Sequence[PlanMetric],
    *,
    as_of: datetime,
) -> Asked:
    """The question as of a time; ``phases`` are all of the experiment's, at least one, in their order.

    Without a plan only exposures are asked for.
    """
    until = microseconds_of(as_of)
    judged = stretches_of(phases)[-1]
    scopes = [_scope(phase.number, [phase], as_of) for phase in phases]
    if len(judged.phases) > 1:
        scopes.append(_scope(POOLED, judged.phases, as_of))
    lookback = plan.lookback_days if plan else 0
    question = ExperimentQuestion(
        environment_id=experiment.environment_id,
        experiment=experiment.key,
        variants=variants_of(phases),
        scopes=tuple(scopes),
        as_of=until,
        metrics=tuple(_metric(each, lookback) for each in metrics),
    )
    return Asked(question, tuple(phases), judged, tuple(metrics))


def variants_of(phases: Sequence[Phase]) -> tuple[str, ...]:
    """Control, and every option that had a share in any phase, in the order of their ids."""
    options = {arm["optionId"]: arm["key"] for phase in phases for arm in phase.arms}
    return (CONTROL_ARM, *(options[option_id] for option_id in sorted(options)))


def _metric(metric: PlanMetric, lookback_days: int) -> MetricQuestion:
    return question_of(metric.version, lookback_days=lookback_days)


def _scope(scope_id: int, phases: Sequence[Phase], as_of: datetime) -> Scope:
    """Ends when its last phase last served anybody, and goes no further than what is asked as of."""
    opened = microseconds_of(phases[0].opened_at)
    closed = microseconds_of(served_until(phases[-1], until=as_of))
    return Scope(scope_id, tuple(phase.number for phase in phases), opened, max(closed, opened))
