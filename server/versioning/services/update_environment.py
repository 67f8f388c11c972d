"""Renaming an environment, saying who may ask it and what that records, and switching how it keeps its past."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.database.integrity import refused_by
from server.errors import InvalidInput, Reference
from server.projects.locks import find_environment, lock_project, scope_of
from server.projects.models import Environment, Versioning
from server.projects.names import NameTaken, name_problems, refuse_taken_name
from server.projects.origins import origin_problems
from server.projects.revisions import bump_revision
from server.unset import UNSET, Unset
from server.versioning.models import Cause, Flag, FlagVersion, Placement


@transaction.atomic(durable=True)
def update_environment(
    *,
    environment_id: int,
    name: str | Unset = UNSET,
    versioning: Versioning | Unset = UNSET,
    allowed_origins: Sequence[str] | Unset = UNSET,
    record_exposures: bool | Unset = UNSET,
    author: Author,
    now: datetime,
) -> Environment:
    """Change an environment's name, its versioning mode, or how it is asked; what is served does not change.

    From ``V1`` to ``V2`` the live versions are sealed; from ``V2`` to ``V1`` each flag
    goes on in an unsealed copy of its live version. A sealed version stays as it is. The
    revision grows with other origins, and when recording exposures is turned on or off: that is how the
    processes that serve flags learn of it.

    Raises:
        NotFound: no environment with this id that the author may see.
        NotAllowed: the author may not administer the environment.
        InvalidInput: the name, or an allowed origin.
        NameTaken: the project has another environment of this name.
    """
    found = find_environment(environment_id, author=author)
    authorise(author, Permission.ADMINISTER, scope_of(found))
    lock_project(found.project_id, author=author)
    flags = list(Flag.objects.select_for_update(no_key=True).filter(environment_id=environment_id).order_by("pk"))
    environment = (
        Environment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project")
        .get(pk=environment_id)
    )
    new_name = environment.name if name is UNSET else name
    new_mode = environment.versioning if versioning is UNSET else versioning
    new_origins = environment.allowed_origins if allowed_origins is UNSET else list(allowed_origins)
    recording = environment.record_exposures if record_exposures is UNSET else record_exposures
    if problems := [*name_problems(new_name), *origin_problems(new_origins)]:
        raise InvalidInput([problem.below("input") for problem in problems])
    before = _snapshot(environment)
    environment.name, environment.versioning, environment.allowed_origins = new_name, new_mode, new_origins
    environment.record_exposures = recording
    after = _snapshot(environment)
    if before == after:
        return environment
    others = Environment.objects.filter(project_id=environment.project_id).exclude(pk=environment.pk)
    refuse_taken_name(others, name=new_name, author=author)
    if after["versioning"] != before["versioning"]:
        switch = _seal if new_mode == Versioning.V2 else _unseal
        switch(flags, author=author, now=now)
    with refused_by({"environment_name_unique": lambda: NameTaken("environment", new_name)}):
        environment.save(update_fields=["name", "versioning", "allowed_origins", "record_exposures"])
    record(
        author=author,
        action="environment.update",
        scope=scope_of(environment),
        object=Reference("Environment", environment.pk, new_name),
        before=before,
        after=after,
        now=now,
    )
    if before != after | {"versioning": before["versioning"]}:
        bump_revision(environment)  # all of it is in what is served, but the mode
    return environment


def _snapshot(environment: Environment) -> dict[str, object]:
    """What may change in an environment, in the API's words."""
    return {
        "name": environment.name,
        "versioning": str(environment.versioning),
        "allowedOrigins": environment.allowed_origins,
        "recordExposures": environment.record_exposures,
    }


def _live(flags: list[Flag]) -> list[int]:
    return [flag.live_version_id for flag in flags if flag.live_version_id is not None]


def _seal(flags: list[Flag], *, author: Author, now: datetime) -> None:
    live = _live(flags)
    FlagVersion.objects.filter(pk__in=live).update(sealed_at=now)


def _unseal(flags: list[Flag], *, author: Author, now: datetime) -> None:
    """Copies of the live versions, unsealed; states are shared with them."""
    live = list(FlagVersion.objects.filter(pk__in=_live(flags)).order_by("pk"))
    copies = FlagVersion.objects.bulk_create(
        FlagVersion(
            flag_id=version.flag_id,
            number=version.number + 1,
            live_from=now,
            based_on=version,
            cause=Cause.VERSIONING_CHANGED,
            **author_columns(author),
        )
        for version in live
    )
    copy_of = {copy.based_on_id: copy for copy in copies}
    Placement.objects.bulk_create(
        Placement(
            version=copy_of[placement.version_id],
            state_id=placement.state_id,
            segment_id=placement.segment_id,
            priority=placement.priority,
            by_experiment=placement.by_experiment,
        )
        for placement in Placement.objects.filter(version__in=live)
    )
    copies_of_flag = FlagVersion.objects.filter(flag=OuterRef("pk"), sealed_at=None).values("pk")
    Flag.objects.filter(pk__in=[flag.pk for flag in flags]).update(live_version=Subquery(copies_of_flag))
