"""Roles, and what each one permits. Knows no people and no places.

Roles are ranked: each may do all that the ones below it may.
"""

from enum import Enum

from django.db import models


class Role(models.TextChoices):
    """What a grant makes of its holder."""

    OWNER = "OWNER", "Owner"
    ADMIN = "ADMIN", "Admin"
    EDITOR = "EDITOR", "Editor"
    VIEWER = "VIEWER", "Viewer"

    def permits(self, permission: "Permission") -> bool:
        """Whether this role, or one below it, is enough for ``permission``."""
        return _RANK[self] >= _RANK[permission.least_role]


class Permission(Enum):
    """What somebody may be allowed to do; the value is the least role that it takes."""

    VIEW = Role.VIEWER
    """Read."""
    EDIT = Role.EDITOR
    """Change features, segments, flags and experiments."""
    ADMINISTER = Role.ADMIN
    """Create and change projects, environments and versioning modes."""
    MANAGE_ACCESS = Role.OWNER
    """Grant and revoke roles, create and revoke API keys, change the organisation itself.

    Owners only: so nobody can grant more than what they have, whatever role they grant.
    """

    @property
    def least_role(self) -> Role:
        """The lowest role that carries this permission."""
        return self.value


_RANK = {Role.VIEWER: 0, Role.EDITOR: 1, Role.ADMIN: 2, Role.OWNER: 3}
