"""An environment with a key and a flag that runs an experiment, to send events to. Measures nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.world import Shop
from server.accounts.authors import system_author
from server.accounts.models import Organisation
from server.experimentation.services.start_experiment import start_experiment
from server.projects.models import Environment, EnvironmentKeyKind, Versioning
from server.projects.services.create_environment_key import create_environment_key

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FILLER = system_author("benchmarks")
FLAGS = 20


@dataclass(frozen=True, slots=True)
class EventsWorld:
    """Where events go, with which key, and which flag is asked for beside them."""

    environment: Environment
    key: str
    flag: str


def fill_events() -> EventsWorld:
    """An organisation of its own with one environment, in which every flag runs an experiment."""
    organisation = Organisation.objects.create(name="Events", created_at=NOW)
    shop = Shop.of_size(organisation, FLAGS)
    environment = shop.environment(Versioning.V2)
    for experiment in shop.experiments(environment):
        start_experiment(experiment_id=experiment.pk, author=FILLER, now=NOW)
    created = create_environment_key(
        environment_id=environment.pk, name="load", kind=EnvironmentKeyKind.SERVER, author=FILLER, now=NOW
    )
    return EventsWorld(environment, created.key, shop.features[-1].key)
