"""How much processor time the server and its PostgreSQL have taken so far; takes next to none itself."""

import contextlib
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class ProcessorTime:
    """Seconds of processor time, the kernel's included."""

    server: float
    database: float

    def since(self, before: "ProcessorTime") -> "ProcessorTime":
        """What was taken in between."""
        return ProcessorTime(self.server - before.server, self.database - before.database)


def processor_time(server_pid: int) -> ProcessorTime:
    """Of the server with its workers, and of the PostgreSQL that this process started."""
    databases = [child for child in psutil.Process().children() if child.name() == "postgres"]
    return ProcessorTime(
        server=_taken_by(psutil.Process(server_pid)), database=sum(_taken_by(database) for database in databases)
    )


def _taken_by(process: psutil.Process) -> float:
    """By the process and all below it. One that ended counts no more: the server's live as long as it does."""
    taken = 0.0
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            taken += times.user + times.system
    return taken
