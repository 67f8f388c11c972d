"""Flags that are free for an experiment: where one may be created now. Reads only."""

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from server.accounts.authors import Author
from server.accounts.permissions import Permission, permitted
from server.demo.shop import ORGANISATION, PRODUCTION
from server.experimentation.models import Experiment, Status
from server.features.models import Option
from server.versioning.models import Flag

LEAST_OPTIONS = 2
"""What a worked example divides units between, beside control."""


def free_flags(author: Author) -> QuerySet[Flag]:
    """The flags on which the author may create an experiment at once, the demo's production first."""
    options = Option.objects.filter(feature=OuterRef("feature_id"), removed_at=None)
    active = Experiment.objects.filter(~Q(status=Status.COMPLETED), flag=OuterRef("pk"))
    editable = permitted(
        author,
        Permission.EDIT,
        organisation="environment__project__organisation_id",
        project="environment__project_id",
        environment="environment_id",
    )
    demo = Q(environment__project__organisation__name=ORGANISATION, environment__name=PRODUCTION)
    free = Flag.objects.filter(editable, ~Exists(active), feature__archived_at=None).filter(
        Exists(options.order_by("id")[LEAST_OPTIONS - 1 : LEAST_OPTIONS])
    )
    return free.select_related("feature", "environment").order_by(
        Case(When(demo, then=0), default=1), "environment_id", "feature_id"
    )
