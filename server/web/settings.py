"""Django's settings, read from the environment."""

import environ

env = environ.Env()
SECRET_KEY = env.str("SECRET_KEY", "dev")
DEBUG = True
ROOT_URLCONF = "server.web.urls"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
DATABASES = {"default": env.db_url("DATABASE_URL", "postgres://127.0.0.1/fairsplit")}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "strawberry_django",
    "server.audit",
    "server.accounts",
    "server.projects",
    "server.features",
    "server.versioning",
    "server.experimentation",
    "server.schema",
    "server.demo",
    "server.web",
]
STATIC_URL = "/static/"
