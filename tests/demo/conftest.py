"""The demo as tests meet it: told once per module, and rolled back behind it. Holds no expectations."""

from collections.abc import Iterator

import pytest
from django.test import TestCase
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from server.accounts.keys import new_key
from server.demo.load import DemoSecrets
from server.demo.shop import Shop
from server.demo.story import tell_the_story

SECRETS = DemoSecrets(password="a horse and a battery", api_key=new_key())


class Told(TestCase):
    """A transaction with the demo in it, in which the tests have theirs."""

    shop: Shop

    @classmethod
    def setUpTestData(cls) -> None:
        """Tell the story: six weeks take a second, too long for every test."""
        cls.shop = tell_the_story(password=SECRETS.password, key=SECRETS.api_key, now=timezone.now())


@pytest.fixture
def secrets() -> DemoSecrets:
    return SECRETS


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Shop]:
    with django_db_blocker.unblock():
        Told.setUpClass()
        try:
            yield Told.shop
        finally:
            Told.tearDownClass()
            Told.doClassCleanups()


@pytest.fixture
def shop(told: Shop, db: None) -> Shop:
    return told
