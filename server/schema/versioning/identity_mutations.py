"""Mutations of identity overrides: each makes one call to a service."""

from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.schema.authors import author_of, now
from server.schema.given import given
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result
from server.schema.scalars import FlagValue
from server.schema.versioning.identities import IdentityOverride
from server.unset import UNSET
from server.versioning import models
from server.versioning.identities import MAX_IDENTITY_OVERRIDES, ForcedValue
from server.versioning.models import MAX_TARGETING_KEY
from server.versioning.services.remove_identity_override import remove_identity_override
from server.versioning.services.set_identity_override import set_identity_override


@strawberry.input(description="A targeting key, and what a flag is to serve to it: either an option or a value.")
class SetIdentityOverrideInput:
    environment_id: ID = strawberry.field(description="The flag's environment.")
    feature_id: ID = strawberry.field(description="The flag's feature.")
    targeting_key: str = strawberry.field(
        description=f"The identifier of the one unit: at most {MAX_TARGETING_KEY} characters."
    )
    option_id: ID | None = strawberry.field(default=None, description="The option that is forced on it.")
    value: FlagValue | None = strawberry.field(
        default=strawberry.UNSET, description="The value that is forced on it; never null."
    )
    enabled: bool = strawberry.field(
        default=True,
        description=(
            "Whether the flag is on for the unit. When it is off, the unit gets the feature's default value; the "
            "option or the value is needed all the same, for when it is on."
        ),
    )

    def forced(self) -> ForcedValue:
        """What is to be forced, as the services ask for it."""
        option_id = UNSET if self.option_id is None else decode_id(self.option_id, "MultivariateOption")
        return ForcedValue(option_id=option_id, value=given(self.value), enabled=self.enabled)


@strawberry.input(description="A targeting key that a flag is to serve no forced value to any more.")
class RemoveIdentityOverrideInput:
    environment_id: ID = strawberry.field(description="The flag's environment.")
    feature_id: ID = strawberry.field(description="The flag's feature.")
    targeting_key: str = strawberry.field(description="The identifier of the one unit.")


@strawberry.type
class IdentityOverrideMutations:
    @mutation(
        result("SetIdentityOverrideResult", IdentityOverride),
        description=(
            "Force an option or a value on one targeting key, or change what is forced on it. Makes no flag version. "
            f"A flag has at most {MAX_IDENTITY_OVERRIDES:,} of them; none is added while an experiment runs on it."
        ),
    )
    def set_identity_override(
        self,
        info: Info,
        input: Annotated[SetIdentityOverrideInput, strawberry.argument(description="The flag, and what is forced.")],
    ) -> models.IdentityOverride:
        return set_identity_override(
            feature_id=decode_id(input.feature_id, "Feature"),
            environment_id=decode_id(input.environment_id, "Environment"),
            targeting_key=input.targeting_key,
            forced=input.forced(),
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("RemoveIdentityOverrideResult", IdentityOverride),
        description="Stop forcing a value on a targeting key; answers with the override as it was.",
    )
    def remove_identity_override(
        self,
        info: Info,
        input: Annotated[RemoveIdentityOverrideInput, strawberry.argument(description="The flag and the key.")],
    ) -> models.IdentityOverride:
        return remove_identity_override(
            feature_id=decode_id(input.feature_id, "Feature"),
            environment_id=decode_id(input.environment_id, "Environment"),
            targeting_key=input.targeting_key,
            author=author_of(info),
            now=now(),
        )
