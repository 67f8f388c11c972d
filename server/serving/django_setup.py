"""Sets Django up where flags are served and nothing else: with the models, without GraphQL; import it first."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.web.serving_settings")
django.setup()
