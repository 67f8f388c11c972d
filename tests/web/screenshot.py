"""Takes the picture of GraphiQL for the README from a server that runs with the demo. Tests nothing.

python -m tests.web.screenshot http://127.0.0.1:8000 demo@fairsplit.test PASSWORD docs/images/graphiql.png

It executes the first worked example, so it creates an experiment.
"""

import argparse
from pathlib import Path

from tests.web.browser import Browser, chromium

ANSWER = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"


def take(browser: Browser, url: str, email: str, password: str, file: Path) -> None:
    """Sign in, execute what GraphiQL opens with, and write the picture."""
    browser.resize(1280, 800)
    browser.open(f"{url}/graphql")
    browser.type("#email", email)
    browser.type("#password", password)
    browser.click("button[type=submit]")
    browser.click(".graphiql-execute-button")
    browser.wait_for(f"{ANSWER}.includes('createExperiment')")
    browser.screenshot(file)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("url", "email", "password"):
        parser.add_argument(name)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        take(browser, arguments.url, arguments.email, arguments.password, arguments.file)


if __name__ == "__main__":
    main()
