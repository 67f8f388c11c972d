"""Changing what a feature is: its texts, its type, its options, archived or not."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.errors import InvalidInput, Reference
from server.features.holds import refuse_if_feature_held
from server.features.locks import lock_feature, options_of
from server.features.models import Feature, Option
from server.features.records import feature_facts
from server.features.refusals import OptionInUse
from server.features.values import same_value
from server.projects.locks import scope_of_project
from server.projects.revisions import bump_revisions_of_project
from server.versioning.feature_changes import FeatureChange, PlannedFeature, plan_feature
from server.versioning.identity_selectors import forced_options, forced_values
from server.versioning.models import Allocation
from server.versioning.selectors import live_shares_of, live_values


@transaction.atomic(durable=True)
def update_feature(*, feature_id: int, change: FeatureChange, author: Author, now: datetime) -> Feature:
    """Change a feature; no flag that is on serves another value by it.

    An option's key and value are what the past of flags refers to: once a flag has dealt
    units to the option they stay, and a new option takes its place.

    Raises:
        NotFound: no feature with this id that the author may see.
        NotAllowed: the author may not edit the project.
        InvalidInput: with every problem.
        LockedByExperiment: an experiment that has started stands on the feature.
        OptionInUse: a flag uses an option that would change or go.
    """
    feature = lock_feature(feature_id, author=author)
    scope = scope_of_project(feature.project)
    authorise(author, Permission.EDIT, scope)
    options = options_of(feature.pk)
    before = feature_facts(feature, options.values())
    plan = plan_feature(feature, options, change, served=lambda: [*live_values(feature.pk), *forced_values(feature.pk)])
    if plan.problems:
        raise InvalidInput([problem.below("input") for problem in plan.problems])
    if plan.archived != before["archived"]:
        feature.archived_at = now if plan.archived else None
    after = feature_facts(feature, plan.options)
    if same_value(after, before):
        return feature
    if any(not same_value(before[fact], after[fact]) for fact in ("valueType", "archived", "options")):
        refuse_if_feature_held(feature.pk)
    _refuse_if_used(plan)
    feature.updated_at = now
    feature.save(
        update_fields=[
            "description",
            "server_only",
            "value_type",
            "default_value",
            "archived_at",
            "updated_at",
        ]
    )
    _write_options(plan, now)
    record(
        author=author,
        action="feature.update",
        scope=scope,
        object=Reference("Feature", feature.pk, feature.key),
        before=before,
        after=feature_facts(feature, plan.options),
        now=now,
    )
    bump_revisions_of_project(feature.project_id)
    return feature


def _refuse_if_used(plan: PlannedFeature) -> None:
    removed = {option.pk: option for option in plan.removed}
    if removed and (shares := live_shares_of(removed)):
        option_id, flag_id, environment = shares[0]
        raise OptionInUse(
            option_key=removed[option_id].key,
            used_by=Reference("Flag", flag_id, plan.feature.key),
            why=f"has a share in the environment “{environment}”: take that away first.",
            allowed=("updateFlag", "updateExperimentRollout"),
        )
    # By the keys that they have: those of ``plan`` are the new ones.
    redefined = Allocation.objects.filter(option_id__in=[option.pk for option in plan.redefined])
    used = redefined.values_list("option_id", "option__key").first()
    if used is not None:
        option_id, key = used
        raise OptionInUse(
            option_key=key,
            used_by=Reference("MultivariateOption", option_id, key),
            why="has been dealt to units: its key and value stay, for the past of the flag refers to them.",
            allowed=("updateFeature with addOptions for another one, and removeOptions when no flag uses this one",),
        )
    if forced := forced_options([*removed, *(option.pk for option in plan.redefined)]):
        key, flag_id, environment = forced[0]
        raise OptionInUse(
            option_key=key,
            used_by=Reference("Flag", flag_id, plan.feature.key),
            why=f"is forced on a targeting key in the environment “{environment}”: take that away first.",
            allowed=("setIdentityOverride with something else", "removeIdentityOverride"),
        )


def _write_options(plan: PlannedFeature, now: datetime) -> None:
    for option in plan.removed:
        option.removed_at = now
    # First of all, so that the keys of removed options are free.
    Option.objects.filter(pk__in=[option.pk for option in plan.removed]).update(removed_at=now)
    Option.objects.bulk_update(plan.updated, ["key", "value", "default_allocation"])
    Option.objects.bulk_create(plan.added)
