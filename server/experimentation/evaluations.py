"""What the flags of an environment serve to a unit, why, and what an experiment would: for people who look.

Reads only, and always the database: whoever asks sees what is there now, also while it is on its
way to the processes that serve flags. A place that the author may not see answers None.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from server.accounts.authors import Author
from server.errors import Conflict, InvalidInput, Problem
from server.evaluation.engine import CompiledEnvironment, compile_environment, evaluate, evaluate_all
from server.evaluation.explain import Explanation, explain
from server.evaluation.outcomes import Evaluation, at_fault
from server.evaluation.snapshot import fault_of
from server.experimentation.gates import gate_percentage, gate_rules
from server.experimentation.models import Experiment, Rollout, Status
from server.experimentation.refusals import reference_to
from server.experimentation.selectors import experiments_for
from server.experimentation.simulation import Simulation, as_if_running, looks_per_unit, simulate
from server.experimentation.snapshots import environment_document
from server.projects.models import Environment
from server.projects.selectors import environments_for
from server.versioning.models import Flag
from server.versioning.selectors import flags_for

MAX_FLAGS = 1_000
"""Flags of one answer: who has more names those that matter."""

MAX_LOOKS = 2_500_000
"""What one simulation may look at: about a second's work."""


class NothingToSimulate(Conflict):
    """Only an experiment that has a rollout, and is not over, would do anything to units."""

    code = "NOTHING_TO_SIMULATE"

    def __init__(self, experiment: Experiment) -> None:
        self.collides_with = reference_to(experiment)
        super().__init__("The experiment has no rollout on its flag: it has none yet, or is completed.")


class FlagAtFault(Conflict):
    """What is stored of the flag cannot be evaluated, so nothing can be said of its experiment."""

    code = "FLAG_AT_FAULT"

    def __init__(self, experiment: Experiment, why: str) -> None:
        self.collides_with = reference_to(experiment)
        super().__init__(f"The experiment's flag cannot be evaluated: {why}")


def evaluate_flags(
    environment_id: int,
    targeting_key: str | None,
    traits: Mapping[str, object],
    *,
    feature_keys: Sequence[str] | None = None,
    author: Author,
) -> list[Evaluation] | None:
    """What the flags with these keys, or all, answer to a unit: in the order of the keys.

    A flag that cannot be evaluated says so, among the others.

    Raises:
        InvalidInput: more flags than one answer holds.
    """
    if not environments_for(Environment.objects.filter(pk=environment_id), author).exists():
        return None
    keys = None if feature_keys is None else list(dict.fromkeys(feature_keys))
    count = Flag.objects.filter(environment=environment_id).count() if keys is None else len(keys)
    if count > MAX_FLAGS:
        message = f"These are {count:,} flags: name at most {MAX_FLAGS:,} of them."
        raise InvalidInput([Problem(("featureKeys",), "TOO_MANY", message)])
    environment = _compiled(environment_id, keys)
    faulty = {key: at_fault(key, why) for key, why in environment.faults.items()}
    if keys is None:
        found = [*evaluate_all(environment, targeting_key, traits), *faulty.values()]
        return sorted(found, key=lambda evaluation: evaluation.key)
    return [faulty.get(key) or evaluate(environment, key, targeting_key, traits) for key in keys]


def explain_evaluation(
    environment_id: int, feature_id: int, targeting_key: str | None, traits: Mapping[str, object], *, author: Author
) -> Explanation | None:
    """Why a unit has what the feature's flag answers."""
    flags = Flag.objects.select_related("feature")
    flag = flags_for(flags, author, environment_id=environment_id, feature_id=feature_id).first()
    if flag is None:
        return None
    key = flag.feature.key
    environment = _compiled(environment_id, [key])
    if key in environment.faults:
        return Explanation((), at_fault(key, environment.faults[key]))
    return explain(environment, key, targeting_key, traits)


def simulate_experiment(
    experiment_id: int, keys: Sequence[str], traits: Mapping[str, object], *, author: Author
) -> Simulation | None:
    """How these units, all with the same traits, would fare if the experiment ran as it is set now.

    Raises:
        NothingToSimulate: it has no rollout yet, or is over.
        FlagAtFault: what is stored of its flag cannot be evaluated.
        InvalidInput: too many units for what would have to be looked at.
    """
    experiments = Experiment.objects.select_related("feature", "environment", "audience__segment__current", "flag")
    experiment = experiments_for(experiments.filter(pk=experiment_id), author).first()
    if experiment is None:
        return None
    rollout = Rollout.objects.select_related("gate").filter(experiment=experiment).first()
    if rollout is None or experiment.status == Status.COMPLETED:
        raise NothingToSimulate(experiment)
    flag_key, segment_id = experiment.feature.key, str(rollout.segment_id)
    document = environment_document(experiment.environment_id, [flag_key])
    if (fault := fault_of(document["flags"].get(flag_key))) is not None:
        raise FlagAtFault(experiment, fault)
    if segment_id not in document["segments"]:  # it has been completed or deleted this very moment
        raise NothingToSimulate(experiment)
    running = as_if_running(
        document,
        flag_key,
        segment_id,
        experiment_key=experiment.key,
        gate=_gate_at_start(experiment, rollout),
    )
    environment = compile_environment(running)
    if flag_key in environment.faults:
        raise FlagAtFault(experiment, environment.faults[flag_key])
    _refuse_if_too_much(len(keys), looks_per_unit(environment, flag_key, segment_id))
    return simulate(environment, flag_key, segment_id, keys, traits)


def _compiled(environment_id: int, feature_keys: Sequence[str] | None) -> CompiledEnvironment:
    return compile_environment(environment_document(environment_id, feature_keys))


def _gate_at_start(experiment: Experiment, rollout: Rollout) -> dict[str, Any]:
    """The gate; that of a draft would get its audience by the rules that the segment has then."""
    if experiment.status != Status.DRAFT or experiment.audience is None:
        rules: dict[str, Any] = rollout.gate.rules
        return rules
    return gate_rules(
        percentage=gate_percentage(rollout.gate),
        salt=experiment.gate_salt,
        audience=experiment.audience.segment.current,
    )


def _refuse_if_too_much(units: int, looks: int) -> None:
    if units * looks > MAX_LOOKS:
        message = (
            f"With these overrides ahead of the experiment, at most {MAX_LOOKS // looks:,} units can be simulated."
        )
        raise InvalidInput([Problem(("units",), "TOO_MANY", message)])
