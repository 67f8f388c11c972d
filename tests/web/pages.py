"""What the tests of the pages share: a user to sign in as, and how to read a page's boot data."""

import json
import re
from typing import Any

from django.http import HttpResponseBase

from server.accounts.models import Grant, User
from server.accounts.roles import Role
from tests.factories import NOW, World

EMAIL = "ada@shop.test"
PASSWORD = "correct horse battery staple"


def a_user() -> User:
    return User.objects.create_user(EMAIL, PASSWORD, name="Ada")


def an_editor_of(world: World) -> User:
    user = a_user()
    Grant.objects.create(user=user, role=Role.EDITOR, organisation=world.organisation, created_at=NOW)
    return user


def boot_of(response: HttpResponseBase) -> dict[str, Any]:
    page = bytes(response).decode()
    found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', page)
    assert found is not None
    return dict(json.loads(found[1]))
