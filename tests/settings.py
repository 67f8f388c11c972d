"""The settings for tests: those of the server, with what has no default; never served with."""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "tests-only-" + "k3Y9" * 12)
os.environ.setdefault("LOG_LEVEL", "ERROR")

from server.web.settings import *  # noqa: F403

# The assets as they are committed, collected or not.
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None

# Each process of a test run has a database of its own, and so a warehouse of its own.
if "WAREHOUSE_FOLDER" not in os.environ:
    WAREHOUSE_FOLDER = Path(tempfile.gettempdir()) / f"fairsplit-warehouse-{secrets.token_hex(8)}"
    atexit.register(shutil.rmtree, WAREHOUSE_FOLDER, ignore_errors=True)

INSTALLED_APPS = ["tests.flushing", *INSTALLED_APPS]  # noqa: F405 - its command is found before Django's own

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
