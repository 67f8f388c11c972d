"""Asking for what a metric comes to in an environment without any experiment."""

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise, visible
from server.errors import NotFound
from server.experimentation.jobs import compute_baselines_now
from server.experimentation.metrics.rows import MetricArchived
from server.experimentation.models import Metric
from server.projects.locks import scope_of
from server.projects.models import Environment


@transaction.atomic(durable=True)
def refresh_baseline(*, environment_id: int, metric_id: int, author: Author) -> Metric:
    """Have a worker compute the metric's baseline; asking again before it has begun changes nothing.

    It looks at the events once for all metrics of the environment, so the others become new as well.

    Raises:
        NotFound: no such environment, or no such metric of its project, that the author may see.
        NotAllowed: the author may not edit in this environment.
        MetricArchived: no baseline is computed of an archived metric.
    """
    within = visible(author, organisation="project__organisation_id", project="project_id", environment="id")
    environments = Environment.objects.filter(within, pk=environment_id).select_related("project")
    environment = environments.select_for_update(of=("self",), no_key=True).first()
    if environment is None:
        raise NotFound("environment", "environmentId")
    seen = visible(author, organisation="project__organisation_id", project="project_id")
    metrics = Metric.objects.filter(seen, pk=metric_id, project_id=environment.project_id)
    metric = metrics.select_related("project", "current").first()
    if metric is None:
        raise NotFound("metric", "metricId")
    authorise(author, Permission.EDIT, scope_of(environment))
    if metric.archived_at is not None:
        raise MetricArchived(metric)
    compute_baselines_now(environment.pk)
    return metric
