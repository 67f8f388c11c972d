"""`python -m tests.serving.sample`: serves flags for real, of documents with one flag that serves the revision."""

import os
import sys

from server.evaluation.snapshot import EnvironmentDocument
from server.serving import django_setup  # noqa: F401

# isort: split

from server.projects.models import Environment
from server.serving.dedicated import Dedicated
from server.serving.process import FlagProcess
from server.serving.source import DatabaseSource
from server.web.serving import Server, listen
from tests.serving.documents import document, many_flags


def load(environment_id: int, previous: EnvironmentDocument | None) -> EnvironmentDocument:
    """What the environment serves: its revision, and FLAGS more."""
    del previous
    revision = Environment.objects.get(pk=environment_id).revision
    return document(revision, environment_id, **many_flags(int(os.environ.get("FLAGS", "0"))))


application = Dedicated(FlagProcess(DatabaseSource(load), most_streams=int(os.environ.get("STREAMS", "1000"))))

if __name__ == "__main__":
    with listen(int(os.environ["PORT"])) as listener:
        Server(listener, application="tests.serving.sample:application", workers=1, log_level="ERROR").run()
        sys.exit(0)
