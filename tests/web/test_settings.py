"""The settings: safe by default, read from the environment, refused where they are unfit."""

import json
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from server.database.repeated import PreparingConnection, PreparingCursor
from server.web.database import database_settings
from server.web.startup import refuse_without, sound_secret_key
from tests.web.running import CHECKOUT, environment

STRONG = "aB3-xY7_" * 8
READ = """
import json, sys
from server.web import settings
print(json.dumps({name: getattr(settings, name, None) for name in sys.argv[1:]}))
"""


def settings_with(*names: str, **given: str) -> dict[str, object]:
    read = subprocess.run(
        [sys.executable, "-c", READ, *names],
        env=environment(**given),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(read.stdout))


def loading_the_application(**given: str) -> tuple[int, str]:
    loaded = subprocess.run(
        [sys.executable, "-c", "import server.web.wsgi"],
        env=environment(DJANGO_SETTINGS_MODULE="server.web.settings", **given),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return loaded.returncode, loaded.stderr.strip().splitlines()[-1]


def test_nothing_that_is_only_safe_in_development_is_a_default() -> None:
    assert settings_with(
        "DEBUG",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SESSION_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "SESSION_COOKIE_SAMESITE",
        "CSRF_COOKIE_SECURE",
        "SECURE_CONTENT_TYPE_NOSNIFF",
        "SECURE_PROXY_SSL_HEADER",
    ) == {
        "DEBUG": False,
        "SECRET_KEY": "",
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"],
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": True,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_PROXY_SSL_HEADER": None,
    }


def test_the_environment_sets_what_differs_between_installations() -> None:
    assert settings_with(
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "SECURE_PROXY_SSL_HEADER",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        SECRET_KEY=STRONG,
        ALLOWED_HOSTS="flags.shop.test,flags",
        CSRF_TRUSTED_ORIGINS="https://flags.shop.test",
        TRUSTED_PROXY="true",
        SSL_REDIRECT="true",
        HSTS_SECONDS="3600",
    ) == {
        "ALLOWED_HOSTS": ["flags.shop.test", "flags"],
        "CSRF_TRUSTED_ORIGINS": ["https://flags.shop.test"],
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 3600,
    }


@pytest.mark.parametrize("key", ["short", "a" * 60, "django-insecure-" + STRONG, "change-me-" + STRONG, STRONG[:49]])
def test_a_key_that_can_be_guessed_is_refused_by_name(key: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY is weak: give it at least 50 random characters"):
        sound_secret_key(key, debug=False)


def test_the_key_of_development_is_refused_elsewhere() -> None:
    key = sound_secret_key("", debug=True)

    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY is weak"):
        sound_secret_key(key, debug=False)


def test_a_strong_key_is_taken_as_it_is() -> None:
    assert sound_secret_key(STRONG, debug=False) == STRONG


def test_every_missing_setting_is_named_at_once() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY and DATABASE_URL are missing: "):
        refuse_without(["SECRET_KEY", "DATABASE_URL"])


def test_nothing_missing_is_no_reason_to_refuse() -> None:
    refuse_without([])


def test_the_application_does_not_load_without_a_secret_key() -> None:
    code, said = loading_the_application(DATABASE_URL="postgres://127.0.0.1/shop")

    assert code == 1
    assert said == (
        "django.core.exceptions.ImproperlyConfigured: SECRET_KEY is missing: docs/production.md says what to set"
    )


def test_the_application_does_not_load_with_a_weak_secret_key() -> None:
    code, said = loading_the_application(DATABASE_URL="postgres://127.0.0.1/shop", SECRET_KEY="secret")

    assert code == 1
    assert said.startswith("django.core.exceptions.ImproperlyConfigured: SECRET_KEY is weak: ")


def test_connections_are_kept_checked_and_limited_in_time() -> None:
    settings = database_settings("postgres://me:word@db.test:5433/shop?sslmode=require")

    assert settings == {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "db.test",
        "PORT": 5433,
        "USER": "me",
        "PASSWORD": "word",
        "NAME": "shop",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": "fairsplit",
            "connection_factory": PreparingConnection,
            "cursor_factory": PreparingCursor,
            "sslmode": "require",
            "options": "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
            " -c join_collapse_limit=4",
        },
    }


@pytest.mark.parametrize(
    ("url", "host", "inside"),
    [
        ("postgres://%2Fvar%2Frun%2Fpostgresql/shop", "/var/run/postgresql", None),
        ("postgres:////var/run/postgresql/shop", "/var/run/postgresql", None),
        ("postgresql://me@/shop?host=/var/run/postgresql", "", "/var/run/postgresql"),
    ],
)
def test_a_socket_can_be_named_in_each_usual_way(url: str, host: str, inside: str | None) -> None:
    settings = database_settings(url)

    assert (settings["HOST"], settings["OPTIONS"].get("host"), settings["NAME"]) == (host, inside, "shop")


@pytest.mark.parametrize("url", ["mysql://me:word@host/shop", "postgres://me:word@host:x/shop", "postgres://me:word@h"])
def test_what_is_no_address_of_a_postgresql_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        database_settings(url)

    assert str(refusal.value).startswith("DATABASE_URL ")
    assert "me:word" not in str(refusal.value)
