"""Queries of what units are served: each makes one call to a selector."""

from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.experimentation import evaluations
from server.schema.authors import author_of
from server.schema.evaluation.inputs import (
    DEFAULT_SAMPLE,
    MAX_KEYS,
    MAX_SAMPLE,
    TargetingKey,
    UnitTraits,
    key_of_unit,
    refusals_as_errors,
    sound_keys,
    traits_of_unit,
    units,
)
from server.schema.evaluation.types import (
    Evaluation,
    Explanation,
    Simulation,
    evaluation_of,
    explanation_of,
    simulation_of,
)
from server.schema.fields import query
from server.schema.ids import decode_id

EnvironmentId = Annotated[ID, strawberry.argument(description="The environment.")]


@strawberry.type
class EvaluationQueries:
    @query(
        description=(
            "What the flags of an environment answer to a unit, in the order of their keys; null where there is no "
            f"environment that you may see. At most {evaluations.MAX_FLAGS:,} flags."
        )
    )
    def evaluate_flags(
        self,
        info: Info,
        environment_id: EnvironmentId,
        targeting_key: TargetingKey = None,
        traits: UnitTraits = None,
        feature_keys: Annotated[
            list[str] | None,
            strawberry.argument(description="Only the flags of these features, in this order; left out, all."),
        ] = None,
    ) -> list[Evaluation] | None:
        with refusals_as_errors():
            found = evaluations.evaluate_flags(
                decode_id(environment_id, "Environment"),
                key_of_unit(targeting_key),
                traits_of_unit(traits),
                feature_keys=sound_keys(feature_keys),
                author=author_of(info),
            )
        return None if found is None else [evaluation_of(evaluation) for evaluation in found]

    @query(
        description=(
            "Why a unit has what a flag answers: everything that may decide, in order, with what came of it. It also "
            "says why a unit is not in an experiment. Null where there is no flag that you may see."
        )
    )
    def explain_evaluation(
        self,
        info: Info,
        environment_id: EnvironmentId,
        feature_id: Annotated[ID, strawberry.argument(description="The feature.")],
        targeting_key: TargetingKey = None,
        traits: UnitTraits = None,
    ) -> Explanation | None:
        found = evaluations.explain_evaluation(
            decode_id(environment_id, "Environment"),
            decode_id(feature_id, "Feature"),
            key_of_unit(targeting_key),
            traits_of_unit(traits),
            author=author_of(info),
        )
        return None if found is None else explanation_of(found)

    @query(
        description=(
            "How units would fare if an experiment ran as it is set now, a draft's too: how many the gate takes, per "
            "arm, and how many something else takes away first. Writes nothing; null where there is no experiment "
            "that you may see."
        )
    )
    def simulate_experiment(
        self,
        info: Info,
        experiment_id: Annotated[ID, strawberry.argument(description="The experiment.")],
        targeting_keys: Annotated[
            list[str] | None, strawberry.argument(description=f"The units: at most {MAX_KEYS:,}.")
        ] = None,
        sample_size: Annotated[
            int | None,
            strawberry.argument(
                description=(
                    f"Instead of units, how many to make up, at most {MAX_SAMPLE:,}: the same ones each time. "
                    f"With neither, {DEFAULT_SAMPLE:,}."
                )
            ),
        ] = None,
        traits: UnitTraits = None,
    ) -> Simulation | None:
        with refusals_as_errors():
            found = evaluations.simulate_experiment(
                decode_id(experiment_id, "Experiment"),
                units(targeting_keys, sample_size),
                traits_of_unit(traits),
                author=author_of(info),
            )
        return None if found is None else simulation_of(found)
