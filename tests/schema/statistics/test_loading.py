"""Who serves these queries, and is asked for no statistic, has not loaded what computes them."""

import os
import subprocess
import sys

SCRIPT = """
import django, sys
django.setup()
import server.schema.statistics.queries
print(sorted({'scipy', 'numpy'} & set(sys.modules)))
"""


def test_the_queries_are_there_without_scipy_and_numpy() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}

    printed = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment
    )

    assert printed.stdout == "[]\n"
