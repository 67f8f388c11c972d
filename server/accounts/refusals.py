"""What collides in accounts: the conflicts that more than one service, or their callers, know of."""

from server.accounts.models import Grant, Organisation
from server.errors import Conflict, Reference


class LastOwner(Conflict):
    """An organisation keeps at least one owner: an active user, in the whole of it."""

    code = "LAST_OWNER"

    def __init__(self, organisation: Organisation) -> None:
        self.collides_with = Reference("Organisation", organisation.pk, organisation.name)
        self.allowed = ("createGrant of another owner of the whole organisation first",)
        super().__init__(f"This is the last owner of {organisation.name}.")


class AlreadyGranted(Conflict):
    """The holder has a role in this very place; a holder has one role in a place."""

    code = "ALREADY_GRANTED"

    def __init__(self, holder: str, existing: Grant | None = None) -> None:
        self.collides_with = None if existing is None else reference_to(existing)
        self.allowed = ("updateGrant of the one that there is",)
        role = "a role" if existing is None else f"the role {existing.role}"
        super().__init__(f"{holder} has {role} here already.")


class AlreadyRevoked(Conflict):
    """A key that is revoked stays revoked, since the first time."""

    code = "ALREADY_REVOKED"

    def __init__(self, what: str, key: Reference) -> None:
        self.collides_with = key
        super().__init__(f"The {what} {key.name} is revoked already.")


class EmailTaken(Conflict):
    """Another user signs in with this e-mail address."""

    code = "EMAIL_TAKEN"

    def __init__(self, email: str) -> None:
        super().__init__(f"There is a user with the address {email} already.")


def reference_to(grant: Grant) -> Reference:
    """A grant, named after who holds it."""
    return Reference("Grant", grant.pk, holder_of(grant))


def holder_of(grant: Grant) -> str:
    """How refusals and the audit log call whoever holds the grant."""
    return grant.user.email if grant.user is not None else str(grant.api_key)
