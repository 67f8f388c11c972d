"""`python -m server.serving`: serves flags and nothing else, on processes of its own; it loads no GraphQL.

It puts together what `web` knows of processes and settings, so it alone stands above its floor.
"""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from server.web.serving import PortTaken, Server, listen, whole_number
from server.web.startup import refuse_without

APPLICATION = "server.serving.dedicated:application"


def main() -> int:
    """Serve until stopped, and give the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.web.serving_settings")
    try:
        refuse_without([] if os.environ.get("DATABASE_URL") else ["DATABASE_URL"])
        workers = whole_number("WEB_CONCURRENCY", 1, most=256)
        host = os.environ.get("HOST") or "127.0.0.1"
        with listen(whole_number("PORT", 8001), host) as listener:
            log_level = os.environ.get("LOG_LEVEL") or "INFO"
            Server(listener, application=APPLICATION, workers=workers, log_level=log_level).run()
    except (ImproperlyConfigured, PortTaken, ValueError) as refusal:
        sys.stderr.write(f"fairsplit: cannot start: {' '.join(str(refusal).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
