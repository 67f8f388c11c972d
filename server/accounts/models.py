"""Who there is, and who holds which role where. Keeps facts; what a role permits stands elsewhere."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from server.accounts.authors import Scope
from server.accounts.roles import Role

NAME_LENGTH = 200
EMAIL_LENGTH = 254


class Organisation(models.Model):
    """Who owns projects; nothing of one organisation is ever seen from another."""

    name = models.CharField(max_length=NAME_LENGTH)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Finds and makes users by e-mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, *, name: str = "", **fields: object) -> "User":
        """Store a user with the password hashed; without a password nobody can sign in as them."""
        user = self.model(email=email.lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db, force_insert=True)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this e-mail address."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address and a password."""

    email = models.EmailField(max_length=EMAIL_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(fields=["email"], name="user_email_unique"),
            # With the one above, addresses are unique whatever their case.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class ApiKey(models.Model):
    """A machine's key to one organisation. Only a digest is stored: the key itself is shown once."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=NAME_LENGTH)
    prefix = models.CharField(max_length=8, help_text="The start of the key, to recognise it by.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the whole key, in hex.")
    created_by = models.CharField(max_length=EMAIL_LENGTH, help_text="The name of who created it.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, help_text="Right to within a few minutes.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            # What the foreign key of a grant points at: a key holds roles in its own organisation only.
            models.UniqueConstraint(fields=["id", "organisation"], name="api_key_of_organisation"),
        ]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role that a user or an API key holds: in an organisation, one project or one environment.

    Projects and environments live on a higher floor, which adds the foreign keys.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="grants")
    api_key = models.ForeignKey(ApiKey, models.CASCADE, null=True, related_name="grants")
    role = models.CharField(max_length=10, choices=Role.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="grants")
    project_id = models.BigIntegerField(null=True)
    environment_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None, api_key__isnull=False) | models.Q(user__isnull=False, api_key=None),
                name="grant_has_one_holder",
            ),
            models.CheckConstraint(
                condition=models.Q(environment_id=None) | models.Q(project_id__isnull=False),
                name="grant_environment_has_project",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="grant_role_is_known"),
            # NULLS NOT DISTINCT would say the same, from PostgreSQL 15 on. No id is below
            # zero, and none that is asked for either: 0 stands for an id that is malformed.
            models.UniqueConstraint(
                Coalesce("user_id", -1),
                Coalesce("api_key_id", -1),
                "organisation_id",
                Coalesce("project_id", -1),
                Coalesce("environment_id", -1),
                name="grant_once_per_holder_and_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.scope.kind}"

    @property
    def scope(self) -> Scope:
        """The place that the role is held in."""
        return Scope(self.organisation_id, self.project_id, self.environment_id)


class SignInAttempts(models.Model):
    """How often somebody lately tried to sign in with one e-mail address, whether it is a user's or not."""

    email_digest = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of the address.")
    attempts = models.PositiveIntegerField()
    window_started_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "sign-in attempts"

    def __str__(self) -> str:
        return f"{self.attempts} since {self.window_started_at}"
