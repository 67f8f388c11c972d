"""Mutations of flags: each makes one call to a service."""

from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.schema.authors import author_of, now
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result
from server.schema.versioning.inputs import UpdateFlagInput
from server.schema.versioning.types import Flag
from server.versioning import models
from server.versioning.services.restore_flag_version import restore_flag_version
from server.versioning.services.update_flag import update_flag

ExpectedVersion = Annotated[
    int | None,
    strawberry.argument(description="The flag's `version` that you have seen: refused if it has moved on since."),
]


@strawberry.type
class FlagMutations:
    @mutation(
        result("UpdateFlagResult", Flag),
        description=(
            "Change what a flag serves: its default, its overrides, or both, in one step. What is left out stays. "
            "Under `V2` the change is a new version of the flag."
        ),
    )
    def update_flag(
        self,
        info: Info,
        input: Annotated[UpdateFlagInput, strawberry.argument(description="The flag, and what changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Flag:
        return update_flag(
            feature_id=decode_id(input.feature_id, "Feature"),
            environment_id=decode_id(input.environment_id, "Environment"),
            change_set=input.change_set(),
            expected_version=expected_version,
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("RestoreFlagVersionResult", Flag),
        description=(
            "Make a flag serve again what an earlier version served. What belongs to an experiment stays as it is: "
            "an earlier version does not bring it back."
        ),
    )
    def restore_flag_version(
        self,
        info: Info,
        version_id: Annotated[ID, strawberry.argument(description="The version.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Flag:
        return restore_flag_version(
            version_id=decode_id(version_id, "FlagVersion"),
            expected_version=expected_version,
            author=author_of(info),
            now=now(),
        )
