"""The mutation that asks for a baseline. Nothing of a metric changes by it."""

from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.experimentation import models
from server.experimentation.services.refresh_baseline import refresh_baseline
from server.schema.authors import author_of
from server.schema.experimentation.metrics.types import Metric
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result


@strawberry.type
class BaselineMutations:
    @mutation(
        result("RefreshBaselineResult", Metric),
        description=(
            "Have a worker compute what a metric comes to in an environment without any experiment, now and not only "
            "once a day; the other metrics of the project with it. The answer does not wait for it: `baseline` has a "
            "later `computedAt` when it is done. Asking twice asks once."
        ),
    )
    def refresh_baseline(
        self,
        info: Info,
        environment_id: Annotated[ID, strawberry.argument(description="Where.")],
        metric_id: Annotated[ID, strawberry.argument(description="The metric: of the environment's project.")],
    ) -> models.Metric:
        return refresh_baseline(
            environment_id=decode_id(environment_id, "Environment"),
            metric_id=decode_id(metric_id, "Metric"),
            author=author_of(info),
        )
