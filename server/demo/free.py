"""What whoever tries the server out may use: free flags, and experiments, the demo's first. Reads only."""

from django.db.models import Case, Q, QuerySet, When

from server.accounts.authors import Author
from server.demo.shop import ORGANISATION, PRODUCTION
from server.experimentation.models import Experiment, Status
from server.experimentation.selectors import experiments_for, free_flags
from server.versioning.models import Flag

LEAST_OPTIONS = 2
"""What a worked example divides units between, beside control."""


def flags_to_try(author: Author) -> QuerySet[Flag]:
    """The flags on which the author may create a worked example's experiment at once."""
    demo = Q(environment__project__organisation__name=ORGANISATION, environment__name=PRODUCTION)
    free = free_flags(author, least_options=LEAST_OPTIONS)
    return free.order_by(Case(When(demo, then=0), default=1), "environment_id", "feature_id")


def experiments_to_try(author: Author, *, environment_id: int) -> QuerySet[Experiment]:
    """The experiments that have units to take, those that run first."""
    with_rollout = Experiment.objects.filter(environment_id=environment_id, rollout__isnull=False)
    found = experiments_for(with_rollout.exclude(status=Status.COMPLETED), author)
    return found.order_by(Case(When(status=Status.RUNNING, then=0), default=1), "id")
