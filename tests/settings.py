"""The settings for tests: those of the server, with what has no default; never served with."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only-" + "k3Y9" * 12)
os.environ.setdefault("LOG_LEVEL", "ERROR")

from server.web.settings import *  # noqa: F403

# The assets as they are committed, collected or not.
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
