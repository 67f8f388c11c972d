"""How many units and days a draft needs: by its own plan and rollout, and its environment's history. Writes nothing.

What it takes is asked together with the experiments themselves, as annotations: a page of them costs no statement more.
"""

from dataclasses import replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject

from server.errors import InvalidInput
from server.evaluation.percentages import EVERYTHING
from server.experimentation.gates import gate_percentage
from server.experimentation.inference.plan import NO_BASELINE, SizePlan, SizeRequest, nothing_planned, plan_sample_size
from server.experimentation.models import Baseline, Experiment, MetricKind, MetricRole, PlanMetric, Status
from server.experimentation.planning.from_history import with_history
from server.experimentation.planning.history import History, history_of
from server.experimentation.results.plans import rule_of
from server.experimentation.stats.power import Design
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.rules import ONE_LOOK, AlwaysValid, FixedHorizon
from server.experimentation.stats.terms import Scale
from server.features.models import SegmentVersion
from server.versioning.models import Allocation


def _primary(experiment: Any) -> Any:
    """The primary metric of the plan in force."""
    return PlanMetric.objects.filter(plan__experiment=experiment, role=MetricRole.PRIMARY).order_by("-plan__number")


_CURRENT = "version__metric__current"
"""What a draft's metric means when it starts: a plan keeps an older version only until then."""

_PLAN = JSONObject(
    scale="plan__scale",
    effect="plan__minimum_effect",
    alpha="plan__alpha",
    power="plan__power",
    rule="plan__rule",
    kind=f"{_CURRENT}__kind",
    higher_is_better=f"{_CURRENT}__higher_is_better",
)
_BASELINE = JSONObject(sums="sums", units="units", units_per_day="units_per_day")
_ITS_VERSION = Subquery(_primary(OuterRef(OuterRef("pk"))).values(_CURRENT)[:1])
_BASELINES = Baseline.objects.filter(environment=OuterRef("environment_id"), version=_ITS_VERSION)
_ALLOCATIONS = Allocation.objects.filter(state=OuterRef("rollout__state_id"))

DRAFT_FACTS: dict[str, Combinable] = {
    "size_plan": Subquery(_primary(OuterRef("pk")).values(found=_PLAN)[:1]),
    "size_baseline": Subquery(_BASELINES.values(found=_BASELINE)[:1]),
    "size_gate": F("rollout__gate__rules"),
    "size_shares": ArraySubquery(_ALLOCATIONS.values("share")),
}
"""What a query of experiments asks besides, so that `planned_size` asks nothing."""


def planned_size(experiment: Experiment) -> SizePlan | NoResult:
    """What the draft needs, all arms as its split has them, with the share of the traffic that its gate takes in.

    Whoever is not in its audience is counted with the traffic, as nobody knows how many those are. A plan for a fixed
    horizon has the power at its units as well.
    """
    if experiment.status != Status.DRAFT:
        return NoResult(Reason.ALREADY_STARTED)
    facts = _facts_of(experiment)
    if facts["size_plan"] is None:
        return NoResult(Reason.NO_PLAN)
    if facts["size_gate"] is None:
        return NoResult(Reason.NO_ROLLOUT)
    treatments = [share for share in facts["size_shares"] if share]
    control = EVERYTHING - sum(treatments)
    if not treatments or control <= 0:
        return NoResult(Reason.ONE_OPEN_ARM)
    plan = facts["size_plan"]
    rule = rule_of(plan["rule"])
    design = Design(
        baseline=NO_BASELINE,
        scale=Scale(plan["scale"]),
        effect=plan["effect"] if plan["higher_is_better"] else -plan["effect"],
        control_share=control / EVERYTHING,
        treatment_share=min(treatments) / EVERYTHING,
        comparisons=len(treatments),
        alpha=plan["alpha"],
        power=plan["power"],
        test=rule if isinstance(rule, AlwaysValid) else ONE_LOOK,
    )
    horizon = (rule.units,) if isinstance(rule, FixedHorizon) and rule.units else ()
    gate = gate_percentage(SegmentVersion(rules=facts["size_gate"])) / EVERYTHING
    request = SizeRequest(design, None, horizon)
    return _answer(with_history(request, _history(facts["size_baseline"], MetricKind(plan["kind"]), gate)))


def _answer(request: SizeRequest) -> SizePlan:
    """Where the stored plan asks for what cannot be, as a rate above 1, no number of units will do."""
    try:
        return plan_sample_size(request)
    except InvalidInput:
        unknown = request.unknown
        return nothing_planned(request, unknown or request.design.baseline, unknown or NoResult(Reason.OUT_OF_REACH))


def _history(stored: dict[str, Any] | None, kind: MetricKind, gate: float) -> History | NoResult:
    if stored is None:
        return NoResult(Reason.NO_HISTORY)
    history = history_of(Baseline(**stored), kind)
    return replace(history, units_per_day=history.units_per_day * gate)


def _facts_of(experiment: Experiment) -> dict[str, Any]:
    """What is known of the draft; of one that was deleted, nothing is left."""
    known: dict[str, Any] = vars(experiment)
    if not DRAFT_FACTS.keys() <= known.keys():
        found = Experiment.objects.filter(pk=experiment.pk).values(**DRAFT_FACTS).first()
        known |= found or dict.fromkeys(DRAFT_FACTS)
    return known
