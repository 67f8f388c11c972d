"""Lets visitors come, some at the same time: each asks for flags, meets what it is told, and tells what it did."""

import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from server.demo.visitors import Visit
from simulation.calling import Caller
from simulation.failures import SimulationFailure, Stopped
from simulation.options import Options
from simulation.scene import Scene, Visited
from simulation.sending import Outgoing
from simulation.shopping import Meeting, past_of, planned, told_of
from simulation.tally import Tally

PATH = "/ofrep/v1/evaluate/flags/"
SECONDS_BETWEEN_LOOKS = 0.1
MOST_WAITING = 64
Show = Callable[[], None]


class Visiting:
    """One run."""

    def __init__(self, scene: Scene, options: Options, *, tally: Tally, stop: threading.Event) -> None:
        self._scene, self._options, self._tally, self._stop = scene, options, tally, stop
        self._outgoing = Outgoing(scene.environment_key, tally=tally, seed=options.seed)
        self._visits: queue.Queue[tuple[int, Visit] | None] = queue.Queue(MOST_WAITING)
        self._failures: list[BaseException] = []

    def run(self, show: Show) -> None:
        """Everything, until it is done or the time is up; ``show`` is called now and then.

        Whatever ends it, what was collected until then is sent, if the server takes it.

        Raises:
            SimulationFailure: the server does not answer, or refuses.
            KeyboardInterrupt: as it came.
        """
        options = self._options
        before, visits = planned(visitors=options.visitors, seed=options.seed, run=options.run, started=time.time())
        self._tally.visits_planned = len(visits)
        visitors = [threading.Thread(target=self._visitor, daemon=True) for _ in range(options.connections)]
        caller = self._caller()
        self._outgoing.add(list(past_of(before, run=options.run)), caller)
        for thread in visitors:
            thread.start()
        try:
            self._pace(visits, show)
        except KeyboardInterrupt:
            self._stop.set()
            raise
        finally:
            for _ in visitors:
                self._visits.put(None)
            for thread in visitors:
                thread.join()
            if not self._failures:
                self._outgoing.finish(caller)
            caller.close()
        if self._failures:
            raise self._failures[0]

    def _pace(self, visits: Sequence[Visit], show: Show) -> None:
        started, rate, seconds = time.monotonic(), self._options.rate, self._options.seconds
        shown = started
        for number, visit in enumerate(visits):
            while True:
                now = time.monotonic()
                if now - shown >= SECONDS_BETWEEN_LOOKS:
                    shown = now
                    show()
                if self._failures or (seconds and now - started >= seconds):
                    return
                if rate and number > (now - started) * rate:
                    time.sleep(min(number / rate - (now - started), SECONDS_BETWEEN_LOOKS))
                    continue
                try:
                    self._visits.put((number, visit), timeout=SECONDS_BETWEEN_LOOKS)
                except queue.Full:
                    continue
                break

    def _visitor(self) -> None:
        """Takes visits until there are no more; after a failure it only empties the queue."""
        caller = self._caller()
        while (taken := self._visits.get()) is not None:
            if self._failures or self._stop.is_set():
                continue
            try:
                self._visit(*taken, caller)
            except Stopped:
                continue
            except Exception as failure:
                self._failures.append(failure)
        caller.close()

    def _visit(self, number: int, visit: Visit, caller: Caller) -> None:
        met = [meeting for each in self._scene.experiments if (meeting := self._meet(visit, each, caller))]
        told = told_of(visit, number, met, now=time.time(), run=self._options.run, lost=self._options.broken_split)
        self._tally.add(visits=1, in_experiment=len(met), **told.counted)
        self._outgoing.add(told.now, caller, late=told.late)

    def _meet(self, visit: Visit, experiment: Visited, caller: Caller) -> Meeting | None:
        """Ask for the flag; nothing where the unit takes no part in the experiment."""
        context = {"targetingKey": visit.visitor.key, **visit.visitor.properties}
        headers = {"Authorization": f"Bearer {self._scene.environment_key}", "Content-Type": "application/json"}
        answer = caller.post(PATH + experiment.flag, json.dumps({"context": context}).encode(), headers)
        found: dict[str, Any] = answer.json()
        if answer.status != 200:
            raise SimulationFailure(f"the flag {experiment.flag} was answered with {answer.status}: {found}")
        self._tally.add(evaluations=1)
        return meeting_of(found, experiment)

    def _caller(self) -> Caller:
        return Caller(self._options.url, tally=self._tally, stop=self._stop)


def meeting_of(evaluation: dict[str, Any], experiment: Visited) -> Meeting | None:
    """What an evaluation's metadata says: nothing where the unit is not in this experiment."""
    told = evaluation.get("metadata", {})
    if not told.get("inExperiment") or told.get("experiment") != experiment.key:
        return None
    return Meeting(experiment, evaluation["variant"], told["phase"])
