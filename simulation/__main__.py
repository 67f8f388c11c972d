"""Lets visitors come to a running server, and says what its experiments found out about them."""

import signal
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

from rich.console import Console

from server.web.data_folder import DataFolderFailure
from simulation.api import Api
from simulation.calling import Caller
from simulation.failures import SimulationFailure, Stopped
from simulation.options import Options, read_options
from simulation.scene import set_scene
from simulation.showing import say, shown
from simulation.tally import Tally
from simulation.verdicts import verdicts
from simulation.visiting import Visiting


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line says, and give the exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    stop, tally = threading.Event(), Tally()
    try:
        _simulate(read_options(arguments), tally, stop)
    except (SimulationFailure, DataFolderFailure) as failure:
        sys.stderr.write(f"simulation: {failure}\n")
        return 1
    except (KeyboardInterrupt, Stopped):
        return 130
    return 0


def _simulate(options: Options, tally: Tally, stop: threading.Event) -> None:
    caller = Caller(options.url, tally=tally, stop=stop)
    api = Api(caller, options.api_key)
    scene = set_scene(api, environment=options.environment, project=options.project, running=options.running)
    names = ", ".join(f"“{each.name}” (flag {each.flag})" for each in scene.experiments)
    say(f"Visiting {names} at {options.url}, with --seed {options.seed}. Ctrl-C ends it.")
    started = time.monotonic()
    try:
        with shown(tally, Console()) as show:
            Visiting(scene, options, tally=tally, stop=stop).run(show)
    finally:
        for line in tally.summary(seconds=time.monotonic() - started):
            say(line)
    if options.wait:
        say("Waiting for the results…")
        for line in verdicts(api, scene, seconds=options.wait, stop=stop):
            say(line)
    caller.close()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
