"""The demo as tests meet it: its story told in the test's own transaction. Holds no expectations."""

import pytest
from django.utils import timezone

from server.accounts.keys import new_key
from server.demo.load import DemoSecrets
from server.demo.shop import Shop
from server.demo.story import tell_the_story


@pytest.fixture
def secrets() -> DemoSecrets:
    return DemoSecrets(password="a horse and a battery", api_key=new_key())


@pytest.fixture
def shop(db: None, secrets: DemoSecrets) -> Shop:
    return tell_the_story(password=secrets.password, key=secrets.api_key, now=timezone.now())
