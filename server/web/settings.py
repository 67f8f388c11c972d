"""Django's settings, read from the environment: docs/production.md has the table of them.

The defaults are those of production; nothing here is secret.
"""

import sys
from pathlib import Path

import environ

from server.web.database import database_settings
from server.web.logs import logging_settings
from server.web.startup import sound_secret_key
from server.web.warehouse import sound_folder, sound_memory, sound_number, sound_timeout, sound_url

env = environ.Env()

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = sound_secret_key(env.str("SECRET_KEY", ""), debug=DEBUG)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

ROOT_URLCONF = "server.web.urls"
WSGI_APPLICATION = "server.web.wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

DATABASE_URL = env.str("DATABASE_URL", "")
DATABASES = {
    "default": database_settings(
        DATABASE_URL,
        connect_timeout=env.int("DATABASE_CONNECT_TIMEOUT", 5),
        statement_timeout=env.int("DATABASE_STATEMENT_TIMEOUT", 30),
        lock_timeout=env.int("DATABASE_LOCK_TIMEOUT", 10),
        idle_in_transaction_timeout=env.int("DATABASE_IDLE_IN_TRANSACTION_TIMEOUT", 60),
        conn_max_age=env.int("CONN_MAX_AGE", 600),
        prepared_statements=env.bool("DATABASE_PREPARED_STATEMENTS", True),
    )
    if DATABASE_URL
    else {"ENGINE": "django.db.backends.dummy"}  # for commands that need none
}
MISSING = [name for name, value in {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": DATABASE_URL}.items() if not value]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Where events end up, and what a question to them may take.
WAREHOUSE_URL = sound_url(env.str("WAREHOUSE_URL", ""))
WAREHOUSE_MAPPING = env.str("WAREHOUSE_MAPPING", "")
WAREHOUSE_FOLDER = sound_folder(env.str("WAREHOUSE_FOLDER", ""))
WAREHOUSE_MEMORY = sound_memory(env.str("WAREHOUSE_MEMORY", "2GB"))
WAREHOUSE_THREADS = sound_number("WAREHOUSE_THREADS", env.int("WAREHOUSE_THREADS", 0))
WAREHOUSE_TIMEOUT = sound_timeout(env.int("WAREHOUSE_TIMEOUT", 600))
WAREHOUSE_KEEP_DAYS = sound_number("WAREHOUSE_KEEP_DAYS", env.int("WAREHOUSE_KEEP_DAYS", 0))

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "strawberry_django",
    "django_tasks",
    "django_tasks_db",
    "server.work",
    "server.audit",
    "server.accounts",
    "server.projects",
    "server.features",
    "server.versioning",
    "server.warehouse",
    "server.events",
    "server.experimentation",
    "server.demo",
    "server.web",
]

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Each costs something on every request: one that not every request needs is not here.
MIDDLEWARE = [
    "server.web.request_id.RequestIdMiddleware",
    "server.web.health.HealthMiddleware",
    "server.web.security.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",  # refuses hosts that are not ours
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

# How much may wait in the outbox of events before no more are taken.
OUTBOX_MAX_BYTES = env.int("OUTBOX_MAX_BYTES", 2 * 1024**3)

# How often the results of an experiment are computed, and how long after its completion for the last time.
RESULTS_EVERY_SECONDS = env.int("RESULTS_EVERY_SECONDS", 3600)
RESULTS_SETTLE_SECONDS = env.int("RESULTS_SETTLE_SECONDS", 3600)

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# `manage.py collectstatic` names the assets by their content and compresses them, once for all
# processes; where nobody has run it they are served as they are, and not kept for long.
STATIC_URL = "/static/"
COLLECTION = Path(env.str("STATIC_ROOT", str(Path(__file__).resolve().parents[2] / "staticfiles")))
COLLECTED = (COLLECTION / "staticfiles.json").exists() or "collectstatic" in sys.argv
STATIC_ROOT = COLLECTION if COLLECTED else None
STORAGES = {
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
}
WHITENOISE_USE_FINDERS = not COLLECTED
WHITENOISE_AUTOREFRESH = False

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SECURE_COOKIES = env.bool("SECURE_COOKIES", not DEBUG)
SESSION_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SAMESITE = "Lax"

SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", False)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", False)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if env.bool("TRUSTED_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True

LOGGING = logging_settings(env.str("LOG_LEVEL", "INFO").upper())
