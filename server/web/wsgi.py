"""The application that a WSGI server loads; refuses to load without what it cannot run without."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from server.web.answers import in_one_piece
from server.web.startup import refuse_without

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.web.settings")
refuse_without(settings.MISSING)
application = in_one_piece(get_wsgi_application())
_ = get_resolver().url_patterns  # loads the schema now, not in somebody's request

# A Django process holds some 400,000 objects that live as long as it does: a full
# collection walks them all, for 300 ms, in the middle of a request.
gc.collect()
gc.freeze()
