"""The plan's metrics for the figures of a computation, fetched for a whole page of experiments at once.

Figures come from a document that knows metrics by their versions' keys; what is selected of the metrics
themselves stands further down in the query than the optimizer looks.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from graphql import GraphQLResolveInfo, get_named_type
from strawberry import Info
from strawberry_django import optimizer as library
from strawberry_django.optimizer import OptimizerStore, optimize

from server.experimentation.models import Computation, PlanMetric, Replay

FIELD = "planned"
"""The field that selects from a plan's metric, wherever it stands."""


ReadAhead = Callable[[Info], "Prefetch[str, QuerySet[Any], str]"]


def figures_with_metrics(
    kept_as: str, *below: str, columns: Sequence[str] = ("document",), ahead: Sequence[ReadAhead] = ()
) -> dict[str, Any]:
    """The hints of a field of a computation that shows figures of metrics, with the fields on the way to them.

    ``kept_as`` is the field's own name: each has a place of its own for what was selected by it. The figures are in
    ``columns``, or in rows that are read ``ahead``.
    """

    def metrics(info: Info) -> "Prefetch[str, QuerySet[PlanMetric], str]":
        return Prefetch("plan__metrics", _selected(info, below), _place(kept_as))

    return {"only": [*columns, "plan__id"], "select_related": ["plan"], "prefetch_related": [metrics, *ahead]}


def planned_by_version(computed: Computation | Replay, kept_as: str) -> dict[int, PlanMetric]:
    """The metrics of the plan that was computed with, by the key of the version that was computed."""
    if computed.plan is None:
        return {}
    rows: Sequence[PlanMetric] | None = getattr(computed.plan, _place(kept_as), None)
    if rows is None:
        rows = list(computed.plan.metrics.select_related("version__metric"))
    return {row.version_id: row for row in rows}


def _place(kept_as: str) -> str:
    return f"planned_for_{kept_as}"


def _selected(info: Info, below: Sequence[str]) -> QuerySet[PlanMetric]:
    needed = OptimizerStore.with_hints(only=["plan_id", "version_id"])
    found = _below(info._raw_info, (*below, FIELD))
    if found is None:
        return PlanMetric.objects.only("plan_id", "version_id")
    return optimize(PlanMetric.objects.all(), found, store=needed)


def _below(info: GraphQLResolveInfo[Any], names: Sequence[str]) -> GraphQLResolveInfo[Any] | None:
    """What is selected further down, under whatever names the answer has it; None where nothing is."""
    for name in names:
        kind: Any = get_named_type(info.return_type)
        groups = library._get_selections(info, kind).values()
        nodes = [node for group in groups for node in group if node.name.value == name]
        if not nodes:
            return None
        selected: Any = get_named_type(kind.fields[name].type)
        info = library._generate_selection_resolve_info(info, nodes, selected, kind)
    return info
