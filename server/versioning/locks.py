"""A flag as a write finds it: locked, with its live states. For the order of locks see ``projects.locks``."""

from dataclasses import dataclass

from server.accounts.authors import Author, Scope
from server.accounts.permissions import Permission, authorise
from server.database.prepared import PreparedQuery
from server.errors import Conflict, InvalidInput, Problem, Reference
from server.features.locks import find_feature, options_of
from server.features.models import Feature, Option
from server.projects.locks import find_environment, scope_of
from server.projects.models import Environment
from server.versioning.in_hand import remember
from server.versioning.lineup import Lineup, lineup_of
from server.versioning.models import Flag, FlagVersion
from server.versioning.selectors import placements_of_live, visible_flags


class VersionMoved(Conflict):
    """The thing has moved on since the caller looked at it."""

    code = "VERSION_MOVED"

    def __init__(self, *, expected: int, actual: int, reference: Reference) -> None:
        self.expected, self.actual, self.collides_with = expected, actual, reference
        super().__init__(f"You expected version {expected}, and it is at {actual}: read it again, then decide.")


def refuse_if_moved(*, expected: int | None, actual: int, reference: Reference) -> None:
    """Refuse an edit that was made for another version; None expects nothing.

    Raises:
        VersionMoved: the versions differ.
    """
    if expected is not None and expected != actual:
        raise VersionMoved(expected=expected, actual=actual, reference=reference)


@dataclass(slots=True)
class LockedFlag:
    """A flag and its feature under lock, with what a write has to know of them."""

    flag: Flag
    live: FlagVersion
    lineup: Lineup
    options: dict[int, Option]

    @property
    def feature(self) -> Feature:
        """The flag's feature, locked as well."""
        return self.flag.feature

    @property
    def environment(self) -> Environment:
        """The flag's environment, with its project."""
        return self.flag.environment

    @property
    def scope(self) -> Scope:
        """The place that permissions and the audit log look at."""
        return scope_of(self.environment)

    @property
    def reference(self) -> Reference:
        """The flag, as refusals and the audit log name it."""
        return Reference("Flag", self.flag.pk, self.feature.key)


class WrongProject(InvalidInput):
    """The feature and the environment are of two projects, and the author sees both."""

    def __init__(self, feature: Feature) -> None:
        self.feature = feature
        message = "The feature belongs to another project than the environment."
        super().__init__([Problem(("input", "featureId"), "WRONG_PROJECT", message)])


_locked_flag = PreparedQuery(
    lambda feature_id, environment_id, author: (
        Flag.objects.filter(visible_flags(author))
        .select_for_update(of=("feature", "self"), no_key=True)
        .select_related("feature", "environment__project")
        .filter(feature_id=feature_id, environment_id=environment_id)
    ),
    int,
    int,
)


def lock_flag(*, feature_id: int, environment_id: int, author: Author) -> LockedFlag:
    """The feature's flag in this environment, locked until the transaction ends; the author may edit it.

    Raises:
        NotFound: no such environment or feature that the author may see.
        NotAllowed: the author may not edit the environment.
        WrongProject: they are of two projects.
    """
    flag = _locked_flag.first(feature_id, environment_id, variant=author)
    if flag is None:
        environment = find_environment(environment_id, author=author)
        feature = find_feature(feature_id, author=author)
        authorise(author, Permission.EDIT, scope_of(environment))
        raise WrongProject(feature)
    authorise(author, Permission.EDIT, scope_of(flag.environment))
    return locked_flag(flag)


def locked_flag(flag: Flag) -> LockedFlag:
    """What a write has to know of a flag that it has locked, feature and environment loaded."""
    placements = placements_of_live(flag)
    options = options_of(flag.feature_id)
    live = placements[0].version
    live.flag, flag.live_version = flag, live
    flag.feature.present_options = list(options.values())
    remember(live, "placements", placements)
    for placement in placements:
        for allocation in placement.state.allocations.all():
            allocation.option = options[allocation.option_id]
    return LockedFlag(flag, live, lineup_of(placements, value_type=flag.feature.value_type), options)
