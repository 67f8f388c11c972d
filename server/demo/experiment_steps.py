"""What people do with the experiments of a shop: each step is one call of a service, and holds no rule."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.demo.shop import PRODUCTION, Shop, Split, points
from server.experimentation.completion import Decision, DecisionKind
from server.experimentation.models import Experiment
from server.experimentation.ramps import Ramp
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.services.complete_experiment import complete_experiment
from server.experimentation.services.create_experiment import NewExperiment, create_experiment
from server.experimentation.services.pause_experiment import pause_experiment
from server.experimentation.services.ramp_experiment_rollout import ramp_experiment_rollout
from server.experimentation.services.schedule_experiment_ramps import schedule_experiment_ramps
from server.experimentation.services.start_experiment import start_experiment
from server.experimentation.services.update_experiment_rollout import update_experiment_rollout


@dataclass(frozen=True)
class CreateExperiment:
    """A draft; without a gate it has no rollout."""

    days_ago: float
    key: str
    feature: str
    name: str
    hypothesis: str
    gate: float | None = None
    split: Split = field(default_factory=dict)
    environment: str = PRODUCTION
    author: str = "owner"
    audience: str | None = None

    def take(self, shop: Shop, now: datetime) -> None:
        """Create it."""
        rollout = None if self.gate is None else _rollout(shop, self.feature, self.gate, self.split)
        request = NewExperiment(
            environment_id=shop.environments[self.environment].pk,
            feature_id=shop.features[self.feature].pk,
            name=self.name,
            key=self.key,
            hypothesis=self.hypothesis,
            audience_id=shop.segments[self.audience].pk if self.audience else None,
        )
        author = shop.authors[self.author]
        created = create_experiment(request=request, rollout=rollout, author=author, now=now)
        assert isinstance(created, Experiment), "only a dry run answers with a preview"
        shop.experiments[self.key] = created


@dataclass(frozen=True)
class StartExperiment:
    """An experiment that starts, or goes on."""

    days_ago: float
    key: str
    author: str = "owner"

    def take(self, shop: Shop, now: datetime) -> None:
        """Start it."""
        start_experiment(experiment_id=shop.experiments[self.key].pk, author=shop.authors[self.author], now=now)


@dataclass(frozen=True)
class PauseExperiment:
    """An experiment that somebody stopped for now."""

    days_ago: float
    key: str
    author: str = "owner"

    def take(self, shop: Shop, now: datetime) -> None:
        """Pause it."""
        pause_experiment(experiment_id=shop.experiments[self.key].pk, author=shop.authors[self.author], now=now)


@dataclass(frozen=True)
class CompleteExperiment:
    """An experiment that ends with a decision, for the option where it ships one."""

    days_ago: float
    key: str
    decision: DecisionKind
    option: str | None = None
    author: str = "owner"

    def take(self, shop: Shop, now: datetime) -> None:
        """Complete it."""
        experiment = shop.experiments[self.key]
        shipped = shop.option(experiment.feature.key, self.option).pk if self.option else None
        complete_experiment(
            experiment_id=experiment.pk,
            decision=Decision(self.decision, shipped),
            author=shop.authors[self.author],
            now=now,
        )


@dataclass(frozen=True)
class RampExperiment:
    """A gate that somebody widened, while the experiment ran."""

    days_ago: float
    key: str
    gate: float
    author: str = "owner"

    def take(self, shop: Shop, now: datetime) -> None:
        """Widen it."""
        ramp_experiment_rollout(
            experiment_id=shop.experiments[self.key].pk,
            percentage=points(self.gate),
            author=shop.authors[self.author],
            now=now,
        )


@dataclass(frozen=True)
class ScheduleRamps:
    """Gates to widen to, by how many days after this."""

    days_ago: float
    key: str
    gates: dict[float, float]
    author: str = "owner"

    def take(self, shop: Shop, now: datetime) -> None:
        """Set the schedule."""
        ramps = [Ramp(points(gate), now + timedelta(days=days)) for days, gate in self.gates.items()]
        author = shop.authors[self.author]
        schedule_experiment_ramps(experiment_id=shop.experiments[self.key].pk, ramps=ramps, author=author, now=now)


@dataclass(frozen=True)
class ChangeRollout:
    """Another gate and split, for an experiment that does not run."""

    days_ago: float
    key: str
    gate: float
    split: Split
    author: str = "owner"

    def take(self, shop: Shop, now: datetime) -> None:
        """Set them."""
        experiment = shop.experiments[self.key]
        rollout = _rollout(shop, experiment.feature.key, self.gate, self.split)
        author = shop.authors[self.author]
        update_experiment_rollout(experiment_id=experiment.pk, rollout=rollout, author=author, now=now)


def _rollout(shop: Shop, feature: str, gate: float, split: Split) -> RolloutRequest:
    return RolloutRequest(percentage=points(gate), split=shop.shares(feature, split))
