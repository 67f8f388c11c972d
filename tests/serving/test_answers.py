"""What is kept of each way that a flag can come out is no larger than what is sent for it."""

import tracemalloc

from server.evaluation.outcomes import Evaluation, Reason
from server.serving.ofrep_answers import encoded

OUTCOMES = 1_000
LARGEST = 300


def test_an_encoded_outcome_holds_no_more_memory_than_it_has_bytes() -> None:
    evaluation = Evaluation("checkout", "blue", "blue", Reason.SPLIT, experiment="colours", phase=1, in_experiment=True)
    encoded(evaluation)
    tracemalloc.start()

    kept = [encoded(evaluation) for _ in range(OUTCOMES)]

    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {len(one) for one in kept} == {len(encoded(evaluation))}
    assert held / OUTCOMES < LARGEST
