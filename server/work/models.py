"""When each pass is due next: what workers agree on. Holds no job: those are the job library's rows."""

from django.db import models


class PassTurn(models.Model):
    """One regular pass; the worker that moves ``due_at`` on is the one that makes it."""

    name = models.CharField(max_length=200, primary_key=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
