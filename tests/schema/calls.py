"""One call of every operation that works for its own tenant, with an id at every place that takes one.

Written down by hand: an operation or an id that is not here fails the tests that walk the schema.
"""

from collections.abc import Callable
from typing import Any

from server.accounts.models import Grant
from server.features.models import Option
from server.schema.ids import encode_id
from server.schema.statistics import examples as statistics
from server.versioning.models import FlagVersion
from tests.factories import options_by_key
from tests.schema.api import gid
from tests.schema.tenants import Tenant, a_user

Arguments = dict[str, Any]


def _option(tenant: Tenant, name: str) -> Option:
    return options_by_key(tenant.free)[f"{tenant.mark}-free-{name}"]


def _option_of(tenant: Tenant, status: str) -> str:
    feature = tenant.experiments[status].feature
    return gid(options_by_key(feature)[f"{feature.key}-blue"])


def _experiment(tenant: Tenant, status: str) -> str:
    return gid(tenant.experiments[status])


def _rollout(*options: str) -> Arguments:
    return {"percentage": 20, "multivariateValues": [{"optionId": option, "percentage": 30} for option in options]}


def _place(tenant: Tenant) -> Arguments:
    return {
        "organisationId": gid(tenant.organisation),
        "projectId": gid(tenant.project),
        "environmentId": gid(tenant.staging.environment),
    }


def _flag(tenant: Tenant) -> Arguments:
    return {"environmentId": gid(tenant.production.environment), "featureId": gid(tenant.free)}


def _create_experiment(tenant: Tenant) -> list[Arguments]:
    rollout = _rollout(gid(_option(tenant, "blue")), gid(_option(tenant, "red")))
    audience = gid(tenant.used_segment)
    return [{"input": {**_flag(tenant), "name": "Mine", "audienceId": audience}, "rollout": rollout}]


def _update_experiment(tenant: Tenant) -> list[Arguments]:
    audience = {"segmentId": gid(tenant.used_segment)}
    return [{"experimentId": _experiment(tenant, "DRAFT"), "input": {"name": "Other", "audience": audience}}]


def _update_experiment_rollout(tenant: Tenant) -> list[Arguments]:
    return [{"experimentId": _experiment(tenant, "PAUSED"), "rollout": _rollout(_option_of(tenant, "PAUSED"))}]


def _start_experiment(tenant: Tenant) -> list[Arguments]:
    return [{"experimentId": _experiment(tenant, "DRAFT")}]


def _pause_experiment(tenant: Tenant) -> list[Arguments]:
    return [{"experimentId": _experiment(tenant, "RUNNING")}]


def _complete_experiment(tenant: Tenant) -> list[Arguments]:
    running, paused = _experiment(tenant, "RUNNING"), _experiment(tenant, "PAUSED")
    return [
        {"experimentId": running, "decision": {"shipToEveryone": _option_of(tenant, "RUNNING")}},
        {"experimentId": paused, "decision": {"shipToGate": _option_of(tenant, "PAUSED")}},
        {"experimentId": _experiment(tenant, "STAGING_RUNNING"), "decision": {"keepControl": True}},
    ]


def _replay_aa(tenant: Tenant) -> list[Arguments]:
    return [{"experimentId": _experiment(tenant, "RUNNING"), "runs": 100}]


def _of_running(tenant: Tenant) -> list[Arguments]:
    return [{"experimentId": _experiment(tenant, "RUNNING")}]


def _of_completed(tenant: Tenant) -> list[Arguments]:
    return [{"experimentId": _experiment(tenant, "COMPLETED")}]


def _unarchive_experiment(tenant: Tenant) -> list[Arguments]:
    return [{"experimentId": _experiment(tenant, "ARCHIVED")}]


def _ramp_experiment_rollout(tenant: Tenant) -> list[Arguments]:
    return [{"experimentId": _experiment(tenant, "RUNNING"), "percentage": 30}]


def _schedule_experiment_ramps(tenant: Tenant) -> list[Arguments]:
    ramps = [{"percentage": 30, "at": "2999-01-01T00:00:00Z"}, {"percentage": 40, "at": "2999-01-02T00:00:00Z"}]
    return [{"experimentId": _experiment(tenant, "PAUSED"), "ramps": ramps}]


def _duplicate_experiment(tenant: Tenant) -> list[Arguments]:
    copy = {"name": "Mine", "environmentId": gid(tenant.staging.environment)}
    return [{"experimentId": _experiment(tenant, "COMPLETED"), "input": copy}]


def _delete_experiment(tenant: Tenant) -> list[Arguments]:
    return [{"experimentId": _experiment(tenant, "DRAFT")}]


def _update_flag(tenant: Tenant) -> list[Arguments]:
    blue, used, spare = gid(_option(tenant, "blue")), gid(tenant.used_segment), gid(tenant.spare_segment)
    default = {"allocations": [{"optionId": blue, "percentage": 10}]}
    override = {"segmentId": spare, "allocations": [{"optionId": blue, "percentage": 10}]}
    return [
        {"input": {**_flag(tenant), "default": default, "overrides": [{**override, "place": place}]}}
        for place in ({"before": used}, {"after": used})
    ]


def _set_identity_override(tenant: Tenant) -> list[Arguments]:
    blue, key = gid(_option(tenant, "blue")), {"targetingKey": f"{tenant.mark} unit"}
    return [{"input": {**_flag(tenant), **key, "optionId": blue}}]


def _remove_identity_override(tenant: Tenant) -> list[Arguments]:
    return [{"input": {**_flag(tenant), "targetingKey": f"{tenant.mark} unit"}}]


def _restore_flag_version(tenant: Tenant) -> list[Arguments]:
    first = FlagVersion.objects.get(flag=tenant.production.flag(tenant.free), number=1)
    return [{"versionId": gid(first)}]


def _create_feature(tenant: Tenant) -> list[Arguments]:
    return [{"input": {"projectId": gid(tenant.project), "key": "mine", "valueType": "BOOLEAN", "value": True}}]


def _update_feature(tenant: Tenant) -> list[Arguments]:
    change = {
        "updateOptions": [{"optionId": gid(_option(tenant, "red")), "defaultPercentage": 5}],
        "removeOptions": [gid(_option(tenant, "spare"))],
    }
    return [{"featureId": gid(tenant.free), "input": change}]


def _create_segment(tenant: Tenant) -> list[Arguments]:
    rules = {"type": "ANY", "conditions": [{"trait": "plan", "operator": "EQUAL", "value": "pro"}]}
    return [{"input": {"projectId": gid(tenant.project), "name": "Mine", "rules": rules}}]


def _update_segment(tenant: Tenant) -> list[Arguments]:
    return [{"segmentId": gid(tenant.used_segment), "input": {"name": "Mine"}}]


def _delete_segment(tenant: Tenant) -> list[Arguments]:
    return [{"segmentId": gid(tenant.spare_segment)}]


def _create_metric(tenant: Tenant) -> list[Arguments]:
    definition = {"proportion": {"event": "purchase"}}
    return [{"input": {"projectId": gid(tenant.project), "key": "mine", "name": "Mine", "definition": definition}}]


def _refresh_baseline(tenant: Tenant) -> list[Arguments]:
    return [{"environmentId": gid(tenant.production.environment), "metricId": gid(tenant.spare_metric)}]


def _update_metric(tenant: Tenant) -> list[Arguments]:
    return [{"metricId": gid(tenant.metric), "input": {"name": "Mine"}}]


def _archive_metric(tenant: Tenant) -> list[Arguments]:
    return [{"metricId": gid(tenant.spare_metric)}]


def _unarchive_metric(tenant: Tenant) -> list[Arguments]:
    return [{"metricId": gid(tenant.archived_metric)}]


def _set_experiment_plan(tenant: Tenant) -> list[Arguments]:
    metric, spare = gid(tenant.metric), gid(tenant.spare_metric)
    plan = {"primaryMetricId": metric, "scale": "RELATIVE", "minimumEffect": 0.1}
    guardrail = {"metricId": spare, "margin": 0.01, "scale": "RELATIVE"}
    return [
        {"experimentId": _experiment(tenant, "DRAFT"), "plan": {**plan, "secondaryMetricIds": [spare]}},
        {"experimentId": _experiment(tenant, "PAUSED"), "plan": {**plan, "guardrails": [guardrail]}},
    ]


def _create_project(tenant: Tenant) -> list[Arguments]:
    return [{"input": {"name": "Mine", "organisationId": gid(tenant.organisation)}}]


def _update_project(tenant: Tenant) -> list[Arguments]:
    return [{"projectId": gid(tenant.project), "input": {"name": "Mine"}}]


def _create_environment(tenant: Tenant) -> list[Arguments]:
    return [{"input": {"projectId": gid(tenant.project), "name": "Mine", "versioning": "V1"}}]


def _create_environment_key(tenant: Tenant) -> list[Arguments]:
    return [{"input": {"environmentId": gid(tenant.staging.environment), "name": "Mine", "kind": "CLIENT"}}]


def _revoke_environment_key(tenant: Tenant) -> list[Arguments]:
    return [{"environmentKeyId": gid(tenant.environment_key)}]


def _update_environment(tenant: Tenant) -> list[Arguments]:
    return [{"environmentId": gid(tenant.staging.environment), "input": {"name": "Mine", "versioning": "V2"}}]


def _track_events(tenant: Tenant) -> list[Arguments]:
    met = {"id": "met-1", "targetingKey": "u", "flag": "f", "variant": "control", "experiment": "e", "phase": 1}
    events = [
        {"exposure": {**met, "inExperiment": True}},
        {"event": {"id": "did-1", "targetingKey": "u", "name": "purchase", "value": 2.5, "properties": {"vip": True}}},
    ]
    return [{"environmentId": gid(tenant.production.environment), "events": events}]


def _create_organisation(tenant: Tenant) -> list[Arguments]:
    return [{"input": {"name": "Mine"}}]


def _update_organisation(tenant: Tenant) -> list[Arguments]:
    return [{"organisationId": gid(tenant.organisation), "input": {"name": "Mine"}}]


def _create_api_key(tenant: Tenant) -> list[Arguments]:
    return [{"input": {"place": _place(tenant), "name": "Mine", "role": "VIEWER"}}]


def _revoke_api_key(tenant: Tenant) -> list[Arguments]:
    return [{"apiKeyId": gid(tenant.api_key)}]


def _create_grant(tenant: Tenant) -> list[Arguments]:
    granted = {"place": _place(tenant), "role": "EDITOR"}
    return [
        {"input": {**granted, "email": a_user("nobodys").email}},
        {"input": {**granted, "apiKeyId": gid(tenant.api_key)}},
    ]


def _a_grant(tenant: Tenant) -> str:
    return gid(Grant.objects.get(project_id=tenant.project.pk, role="EDITOR"))


def _update_grant(tenant: Tenant) -> list[Arguments]:
    return [{"grantId": _a_grant(tenant), "input": {"role": "ADMIN"}}]


def _revoke_grant(tenant: Tenant) -> list[Arguments]:
    return [{"grantId": _a_grant(tenant)}]


def _audit_log(tenant: Tenant) -> list[Arguments]:
    return [
        {
            "projectId": gid(tenant.project),
            "environmentId": gid(tenant.production.environment),
            "objectId": _experiment(tenant, "RUNNING"),
            "authorId": encode_id("User", tenant.owner.holder_id),
        },
        {"authorId": encode_id("User", tenant.owner.holder_id)},
        {"objectId": gid(tenant.api_key)},
        {"environmentId": gid(tenant.production.environment)},
    ]


def _flags(tenant: Tenant) -> list[Arguments]:
    environment, feature = gid(tenant.production.environment), gid(tenant.experiments["RUNNING"].feature)
    return [
        {"environmentId": environment, "featureId": feature},
        {"environmentId": environment},
        {"featureId": feature},
    ]


def _experiments(tenant: Tenant) -> list[Arguments]:
    project = {"projectId": gid(tenant.project)}
    return [project, *_flags(tenant), *({**project, **call} for call in _flags(tenant))]


def _evaluate_flags(tenant: Tenant) -> list[Arguments]:
    return [{"environmentId": gid(tenant.production.environment), "targetingKey": f"{tenant.mark} unit"}]


def _explain_evaluation(tenant: Tenant) -> list[Arguments]:
    return [{**_flag(tenant), "targetingKey": "somebody"}]


def _simulate_experiment(tenant: Tenant) -> list[Arguments]:
    statuses = ("DRAFT", "RUNNING", "PAUSED")
    return [{"experimentId": _experiment(tenant, status), "sampleSize": 10} for status in statuses]


def _of_project(tenant: Tenant) -> list[Arguments]:
    return [{"projectId": gid(tenant.project)}]


def _node(tenant: Tenant) -> list[Arguments]:
    return [{"id": gid(tenant.organisation)}]


def _analyse_sufficient_statistics(tenant: Tenant) -> list[Arguments]:
    return [statistics.ANALYSIS]


def _plan_sample_size(tenant: Tenant) -> list[Arguments]:
    here = {"environmentId": gid(tenant.production.environment), "metricId": gid(tenant.metric)}
    return [{"input": {"baseline": {"history": here}, "minimumEffect": 0.1}}]


def _nothing(tenant: Tenant) -> list[Arguments]:
    return [{}]


QUERY_CALLS: dict[str, Callable[[Tenant], list[Arguments]]] = {
    "analyseSufficientStatistics": _analyse_sufficient_statistics,
    "auditLog": _audit_log,
    "environments": _of_project,
    "evaluateFlags": _evaluate_flags,
    "experiments": _experiments,
    "explainEvaluation": _explain_evaluation,
    "features": _of_project,
    "flags": _flags,
    "metrics": _of_project,
    "node": _node,
    "organisations": _nothing,
    "planSampleSize": _plan_sample_size,
    "projects": _nothing,
    "segments": _of_project,
    "simulateExperiment": _simulate_experiment,
    "statusCounts": _experiments,
    "viewer": _nothing,
}

MUTATION_CALLS: dict[str, Callable[[Tenant], list[Arguments]]] = {
    "archiveExperiment": _of_completed,
    "archiveMetric": _archive_metric,
    "cancelExperimentRamps": _of_running,
    "completeExperiment": _complete_experiment,
    "createApiKey": _create_api_key,
    "createEnvironment": _create_environment,
    "createEnvironmentKey": _create_environment_key,
    "createExperiment": _create_experiment,
    "createFeature": _create_feature,
    "createGrant": _create_grant,
    "createMetric": _create_metric,
    "createOrganisation": _create_organisation,
    "createProject": _create_project,
    "createSegment": _create_segment,
    "deleteExperiment": _delete_experiment,
    "deleteSegment": _delete_segment,
    "duplicateExperiment": _duplicate_experiment,
    "pauseExperiment": _pause_experiment,
    "rampExperimentRollout": _ramp_experiment_rollout,
    "refreshBaseline": _refresh_baseline,
    "refreshResults": _of_running,
    "removeIdentityOverride": _remove_identity_override,
    "replayAA": _replay_aa,
    "restoreFlagVersion": _restore_flag_version,
    "revertCompletion": _of_completed,
    "revokeApiKey": _revoke_api_key,
    "revokeEnvironmentKey": _revoke_environment_key,
    "revokeGrant": _revoke_grant,
    "scheduleExperimentRamps": _schedule_experiment_ramps,
    "setExperimentPlan": _set_experiment_plan,
    "setIdentityOverride": _set_identity_override,
    "startExperiment": _start_experiment,
    "trackEvents": _track_events,
    "unarchiveExperiment": _unarchive_experiment,
    "unarchiveMetric": _unarchive_metric,
    "updateEnvironment": _update_environment,
    "updateExperiment": _update_experiment,
    "updateExperimentRollout": _update_experiment_rollout,
    "updateFeature": _update_feature,
    "updateFlag": _update_flag,
    "updateGrant": _update_grant,
    "updateMetric": _update_metric,
    "updateOrganisation": _update_organisation,
    "updateProject": _update_project,
    "updateSegment": _update_segment,
}

CALLS = {**QUERY_CALLS, **MUTATION_CALLS}
