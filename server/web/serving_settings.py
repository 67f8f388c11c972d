"""Django's settings of a process that serves flags and nothing else: the models, and no page, session or GraphQL."""

from server.web import settings
from server.web.settings import *  # noqa: F403

INSTALLED_APPS = [
    app
    for app in settings.INSTALLED_APPS
    if app
    not in {
        "django.contrib.sessions",
        "django.contrib.staticfiles",
        "strawberry_django",
        "server.demo",
        "server.web",
    }
]
MIDDLEWARE = []
SECRET_KEY = settings.SECRET_KEY or "signs nothing: no request reaches Django here"
