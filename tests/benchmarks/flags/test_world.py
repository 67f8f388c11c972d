"""The flags that are measured are what they are said to be, and are answered as the benchmark expects."""

import time

import pytest

from benchmarks.cells import WrongAnswer
from benchmarks.flags.asking import ask, cell
from benchmarks.flags.engine import engine_rows
from benchmarks.flags.memory import memory_of
from benchmarks.flags.questions import ENTRY, PATH, Question, bodies, contexts, questions
from benchmarks.flags.world import NOW, FlagsWorld, fill_flags
from benchmarks.flags.writing import writing
from benchmarks.servers import Running
from server.accounts.services.create_owner import create_owner
from server.evaluation.engine import compile_environment, evaluate
from server.experimentation.snapshots import environment_document
from tests.serving.processes import serving, url_of_the_test_database


@pytest.fixture
def world(transactional_db: None) -> FlagsWorld:
    """Like the real one, with fewer of everything."""
    _, organisation = create_owner(
        email="flags@example.test", name="Owner", password="twelve-plum-tram", organisation_name="Flags", now=NOW
    )
    return fill_flags(organisation, (10, 20), environments=2)


def test_a_fifth_of_the_flags_have_overrides_and_a_tenth_run_experiments(world: FlagsWorld) -> None:
    served = world.served[20]
    document = environment_document(served.environment.pk)
    overrides = {key: flag["overrides"] for key, flag in document["flags"].items()}
    running = [key for key, found in overrides.items() if any(o["experiment"] for o in found)]

    assert (len(served.constant), len(served.split), len(served.overridden), len(served.experiments)) == (13, 1, 4, 2)
    assert len(document["flags"]) == served.flags == 20
    assert running == served.experiments
    assert [key for key, found in overrides.items() if found and key not in running] == served.overridden
    assert [served.flags for served in world.crowd] == [20, 20]


def test_units_differ_in_what_they_are_served(world: FlagsWorld) -> None:
    served = world.served[20]
    compiled = compile_environment(environment_document(served.environment.pk))
    units = [(context.pop("targetingKey"), context) for context in contexts()]

    def variants(flag: str) -> set[tuple[str, str]]:
        return {(e.reason, str(e.value)) for key, traits in units for e in [evaluate(compiled, flag, key, traits)]}

    assert variants(served.constant[-1]) == {("STATIC", "grey")}
    assert variants(served.split[0]) == {("SPLIT", "grey"), ("SPLIT", "blue"), ("SPLIT", "red")}
    assert variants(served.overridden[0]) == {("TARGETING_MATCH", "green"), ("DEFAULT", "grey")}
    assert variants(served.experiments[0]) == {*variants(served.split[0]), ("DEFAULT", "grey")}


def test_the_engine_is_timed_on_all_flags_and_on_one_of_each_kind(world: FlagsWorld) -> None:
    rows = engine_rows([world.served[10]])

    assert [row.flags for row in rows] == [10, 1, 1, 1, 1]
    assert all(0 < row.microseconds < 10_000 for row in rows)


def test_a_process_answers_every_question_and_serves_what_a_writer_publishes(world: FlagsWorld) -> None:
    asked = questions(world)
    url = url_of_the_test_database()

    with serving(url, "server.serving") as process:
        tags = [ask(process.port, question, bodies()[0]) for question in asked]
        memory = memory_of(Running(process.port, process.pid), world.crowd)
        with writing(world.served[20], process.port, DATABASE_URL=url) as published:
            time.sleep(0.5)
        with pytest.raises(WrongAnswer):
            ask(process.port, Question("too many", world.served[20], PATH, 21), bodies()[0])
        not_modified = cell(process.port, asked[-1], seconds=1)
        every = cell(process.port, asked[-2], seconds=1)

    assert [bool(tag) for tag in tags] == [False, False, False, True, True, True]
    assert published.delays
    assert max(published.delays) < 5
    assert 10 < memory.own <= memory.resident < 150
    assert (not_modified.status, list(not_modified.headers), not_modified.counted) == (304, ["If-None-Match"], None)
    assert (every.status, every.counted, every.path) == (200, (ENTRY, 20), PATH)
