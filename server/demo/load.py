"""The demo: a shop that has used fairsplit for six weeks. Never touches data that it did not make."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from server.accounts.keys import digest_of
from server.accounts.models import ApiKey
from server.demo.access import DEMO, demo_organisation, let_in
from server.demo.free import flags_to_try
from server.demo.line import curl
from server.demo.past import VISITORS, record_the_past
from server.demo.story import tell_the_story
from server.evaluation.percentages import NOTHING
from server.features.models import Feature, ValueType
from server.features.options import NewOption
from server.projects.models import Environment
from server.versioning.models import Flag
from server.versioning.services.create_feature import NewFeature, create_feature


@dataclass(frozen=True)
class DemoSecrets:
    """What opens the demo: the password of its users, and the text of its owner's API key."""

    password: str = field(repr=False)
    api_key: str = field(repr=False)


def load_demo(secrets: DemoSecrets, *, visitors: int = VISITORS) -> None:
    """Load the demo into a database that lacks it, all or nothing; let ``secrets`` open the one that is there."""
    with one_transaction():
        now = timezone.now()
        organisation = demo_organisation()
        if organisation is None:
            shop = tell_the_story(password=secrets.password, key=secrets.api_key, now=now)
            record_the_past(shop, now=now, visitors=visitors)
        else:
            let_in(organisation, password=secrets.password, key=secrets.api_key, now=now)


def try_line(base_url: str, secrets: DemoSecrets) -> str:
    """One line for a POSIX shell that creates an experiment on a flag that is free for one just now.

    Where none is free in the demo's production any more, the demo gets a new feature.
    """
    organisation_id = ApiKey.objects.values_list("organisation_id", flat=True).get(digest=digest_of(secrets.api_key))
    production = Environment.objects.filter(project__organisation_id=organisation_id).earliest("id")
    flag = flags_to_try(DEMO).filter(environment=production).first() or _new_flag(production, now=timezone.now())
    return curl(base_url, secrets.api_key, flag, flag.feature.present_options)


def _new_flag(environment: Environment, *, now: datetime) -> Flag:
    """A flag that nobody has used yet, of a feature called try-1, try-2 and so on."""
    keys = Feature.objects.filter(project_id=environment.project_id, key__regex=r"^try-[0-9]{1,9}$")
    numbers = [int(re.sub(r"\D", "", key)) for key in keys.values_list("key", flat=True)]
    request = NewFeature(
        project_id=environment.project_id,
        key=f"try-{max(numbers, default=0) + 1}",
        description="Made when the demo started, because every other feature had an experiment.",
        value_type=ValueType.STRING,
        value="grey",
        options=[NewOption("blue", "blue", NOTHING), NewOption("red", "red", NOTHING)],
    )
    feature = create_feature(request=request, author=DEMO, now=now)
    return Flag.objects.select_related("feature", "environment").get(feature=feature, environment=environment)


@contextmanager
def one_transaction() -> Iterator[None]:
    """Everything that services do in the block is one transaction; a service alone would commit by itself.

    With autocommit off, Django makes savepoints of transactions, of durable ones too.
    """
    transaction.set_autocommit(False)
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        transaction.set_autocommit(True)
