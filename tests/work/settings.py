"""The settings of a worker in tests: those of the tests, with jobs of its own; never served with."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.work"]  # noqa: F405
LOGGING = {"version": 1}
