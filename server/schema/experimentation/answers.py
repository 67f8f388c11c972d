"""What all mutations of experiments share: their arguments, and an answer that may be that of a dry run."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, ParamSpec

import strawberry
from strawberry import ID

from server.experimentation import models, preview
from server.schema.experimentation.previews import Preview, preview_of
from server.schema.experimentation.types import Experiment
from server.schema.mutations import mutation, result

P = ParamSpec("P")
Answer = models.Experiment | preview.Preview

EXPECTED_VERSION = "The version that you have seen: refused if the experiment has moved on since."
ExpectedVersion = Annotated[int | None, strawberry.argument(description=EXPECTED_VERSION)]
ExperimentId = Annotated[ID, strawberry.argument(description="The experiment.")]
DryRun = Annotated[
    bool | None,
    strawberry.argument(
        description="Check everything, refuse what is to be refused, write nothing, and answer with a `Preview`."
    ),
]


def experiment_mutation(name: str, *, description: str) -> Callable[[Callable[..., Answer]], Any]:
    """A mutation that answers with the experiment, with the preview of a dry run, or with a refusal."""

    def decorate(resolver: Callable[..., Answer]) -> Any:
        return mutation(result(name, Experiment, Preview), description=description)(_told(resolver))

    return decorate


def _told(resolver: Callable[P, Answer]) -> Callable[P, models.Experiment | Preview]:
    @wraps(resolver)
    def told(*args: P.args, **kwargs: P.kwargs) -> models.Experiment | Preview:
        answer = resolver(*args, **kwargs)
        return preview_of(answer) if isinstance(answer, preview.Preview) else answer

    return told
