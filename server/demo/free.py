"""Flags for whoever tries the server out: free for an experiment, the demo's production first. Reads only."""

from django.db.models import Case, Q, QuerySet, When

from server.accounts.authors import Author
from server.demo.shop import ORGANISATION, PRODUCTION
from server.experimentation.selectors import free_flags
from server.versioning.models import Flag

LEAST_OPTIONS = 2
"""What a worked example divides units between, beside control."""


def flags_to_try(author: Author) -> QuerySet[Flag]:
    """The flags on which the author may create a worked example's experiment at once."""
    demo = Q(environment__project__organisation__name=ORGANISATION, environment__name=PRODUCTION)
    free = free_flags(author, least_options=LEAST_OPTIONS)
    return free.order_by(Case(When(demo, then=0), default=1), "environment_id", "feature_id")
