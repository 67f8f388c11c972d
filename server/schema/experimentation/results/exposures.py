"""The exposures of an experiment in the API: who met which variant, and when."""

from datetime import datetime

import strawberry_django

from server.experimentation import models
from server.experimentation.results.shown import document_of
from server.schema.experimentation.results.scopes import (
    NewUnits,
    ScopeExposures,
    new_units_of,
    scope_exposures_of,
)
from server.schema.fields import computed, field
from server.warehouse.times import moment_of

FIGURES = ["document"]
"""The column that figures are read from."""


def moment_or_none(time: int | None) -> datetime | None:
    """The moment, where there is one."""
    return None if time is None else moment_of(time)


@strawberry_django.type(
    models.Computation,
    name="ExperimentExposures",
    description="Who met which variant, as the last computation that was done has found.",
)
class ExperimentExposures:
    as_of: datetime = field(description="It counts what had happened by then.")

    @computed(description="In the phases that the verdict is about, where each unit counts once.", only=FIGURES)
    @staticmethod
    def judged(root: models.Computation) -> ScopeExposures:
        return scope_exposures_of(document_of(root).judged)

    @computed(description="In every phase by itself, in their order.", only=FIGURES)
    @staticmethod
    def phases(root: models.Computation) -> list[ScopeExposures]:
        return [scope_exposures_of(each) for each in document_of(root).phases]

    @computed(description="New units of what is judged, by day and variant.", only=FIGURES)
    @staticmethod
    def new_units(root: models.Computation) -> list[NewUnits]:
        return new_units_of(document_of(root).judged.new_units)

    @computed(description="The first exposure that counts; null before there is one.", only=FIGURES)
    @staticmethod
    def first_at(root: models.Computation) -> datetime | None:
        return moment_or_none(document_of(root).first_exposure)

    @computed(description="The last exposure that counts; null before there is one.", only=FIGURES)
    @staticmethod
    def last_at(root: models.Computation) -> datetime | None:
        return moment_or_none(document_of(root).last_exposure)
