"""Creating an environment, with a flag for every feature of its project."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.database.integrity import refused_by
from server.errors import InvalidInput, Reference
from server.features.models import Feature, Option
from server.projects.locks import lock_project, scope_of, scope_of_project
from server.projects.models import Environment, Versioning
from server.projects.names import NameTaken, name_problems, refuse_taken_name
from server.versioning.provision import provision_flags


@transaction.atomic(durable=True)
def create_environment(
    *,
    project_id: int,
    name: str,
    versioning: Versioning,
    record_exposures: bool = False,
    author: Author,
    now: datetime,
) -> Environment:
    """Create an environment, in which every feature is enabled and serves its value.

    Raises:
        NotFound: no project with this id that the author may see.
        NotAllowed: the author may not administer the project.
        InvalidInput: the name.
        NameTaken: the project has an environment of this name.
    """
    project = lock_project(project_id, author=author)
    authorise(author, Permission.ADMINISTER, scope_of_project(project))
    if problems := name_problems(name):
        raise InvalidInput([problem.below("input") for problem in problems])
    refuse_taken_name(Environment.objects.filter(project=project), name=name, author=author)
    with refused_by({"environment_name_unique": lambda: NameTaken("environment", name)}):
        environment = Environment.objects.create(
            project=project, name=name, versioning=versioning, record_exposures=record_exposures, created_at=now
        )
    # Locked, so that nobody removes an option or changes a type that the new flags start with.
    features = Feature.objects.select_for_update(no_key=True).filter(project=project).order_by("pk")
    places = [(feature, environment) for feature in features]
    options: dict[int, list[Option]] = defaultdict(list)
    for option in Option.objects.filter(feature__project=project, removed_at=None):
        options[option.feature_id].append(option)
    if places:
        provision_flags(places, options, author=author, now=now)
    record(
        author=author,
        action="environment.create",
        scope=scope_of(environment),
        object=Reference("Environment", environment.pk, name),
        before=None,
        after={"name": name, "versioning": environment.versioning, "recordExposures": record_exposures},
        now=now,
    )
    return environment
