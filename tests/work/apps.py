"""Makes the tests' jobs an app, as those of the server are."""

from django.apps import AppConfig


class TestsWork(AppConfig):
    name = "tests.work"
    label = "tests_work"
