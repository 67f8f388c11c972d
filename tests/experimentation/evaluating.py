"""What units are served, straight from the database through the engine. Asserts nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from server.evaluation.engine import compile_environment, evaluate, evaluate_all
from server.evaluation.outcomes import Evaluation
from server.experimentation.snapshots import environment_document
from tests.factories import World

KEYS = tuple(f"unit-{n}" for n in range(1000))


def everything(
    world: World, keys: Iterable[str] = KEYS, traits: Mapping[str, Any] | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    """What every flag answers to each unit: key, value, variant, reason, experiment, phase, whether in it."""
    environment = compile_environment(environment_document(world.environment.pk))
    assert environment.faults == {}
    return {key: [facts(e) for e in evaluate_all(environment, key, traits or {})] for key in keys}


def variants(
    world: World, flag_key: str, keys: Iterable[str] = KEYS, traits: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """The variant of each unit that is in the flag's experiment."""
    environment = compile_environment(environment_document(world.environment.pk))
    answers = {key: evaluate(environment, flag_key, key, traits or {}) for key in keys}
    return {key: answer.variant for key, answer in answers.items() if answer.in_experiment}


def one(world: World, flag_key: str, key: str, traits: Mapping[str, Any] | None = None) -> Evaluation:
    """What one flag answers to one unit."""
    return evaluate(compile_environment(environment_document(world.environment.pk)), flag_key, key, traits or {})


def facts(evaluation: Evaluation) -> tuple[Any, ...]:
    """An evaluation as a tuple to compare."""
    return (
        evaluation.key,
        evaluation.value,
        evaluation.variant,
        str(evaluation.reason),
        evaluation.experiment,
        evaluation.phase,
        evaluation.in_experiment,
    )


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> Counter[tuple[str, str]]:
    """From which variant to which units went, of those that were in the experiment both times."""
    both = before.keys() & after.keys()
    return Counter((before[key], after[key]) for key in both if before[key] != after[key])
