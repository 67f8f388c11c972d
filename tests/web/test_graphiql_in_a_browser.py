"""Sign-in and GraphiQL in a real headless Chromium that can reach nothing but the server."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from server.experimentation.models import Experiment
from server.projects.models import Versioning
from tests.factories import new_world
from tests.web.browser import PROGRAM, Browser, chromium
from tests.web.pages import EMAIL, PASSWORD, an_editor_of
from tests.web.test_graphiql_examples import EXAMPLES, name_of

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed"),
    pytest.mark.django_db(transaction=True),
]

QUERY_EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror"
VARIABLES_EDITOR = "document.querySelector('.graphiql-editor-tool .CodeMirror').CodeMirror"
ANSWER = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"

STORED = "Object.entries(localStorage).filter(([key]) => /:(query|tabState)$/.test(key))"
TAB_TITLES = "[...document.querySelectorAll('.graphiql-tab')].map(tab => tab.innerText.trim())"


@pytest.fixture
def browser(live_server: LiveServer, settings: Settings) -> Iterator[Browser]:
    """A browser at the server's door; afterwards it must have asked nobody else and found no fault."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    world = new_world(Versioning.V2)
    world.feature(key="button-colour")
    an_editor_of(world)
    with chromium() as browser:
        browser.resize(1280, 800)
        browser.open(f"{live_server.url}/graphql")
        yield browser
        asked = {urlsplit(url).netloc for url in browser.requested_urls() if not url.startswith("data:")}
        assert asked == {urlsplit(live_server.url).netloc}
        assert browser.complaints() == []


def sign_in(browser: Browser) -> None:
    browser.type("#email", EMAIL)
    browser.type("#password", PASSWORD)
    browser.click("button[type=submit]")
    browser.wait_for(f"{QUERY_EDITOR}.getValue().includes('createExperiment')")
    browser.wait_for("!document.querySelector('.graphiql-spinner') && !document.querySelector('.loading')")


def answer(browser: Browser) -> dict[str, Any]:
    """What the first result pane shows, once it shows data."""
    return dict(browser.wait_for(f"JSON.parse({ANSWER} || '{{}}').data"))


def execute(browser: Browser, name: str) -> None:
    """Replace the first example by a query of this name, and press the button."""
    browser.evaluate(f"{QUERY_EDITOR}.setValue('query {name} {{ __typename }}')")
    browser.wait_for(f"document.querySelector('.graphiql-tab-active').innerText.includes('{name}')")
    browser.click(".graphiql-execute-button")


def test_one_signs_in_and_creates_an_experiment_by_the_worked_example(browser: Browser) -> None:
    assert browser.wait_for("document.querySelector('h1').innerText") == "Sign in"
    sign_in(browser)

    assert '"rollout": {' in browser.wait_for(f"{VARIABLES_EDITOR}.getValue()")
    titles = browser.evaluate(TAB_TITLES)
    assert titles[:3] == ["CreateExperiment", "CreateExperimentRefused", "Experiments"]
    assert titles == [name_of(example) for example in EXAMPLES]
    browser.click(".graphiql-execute-button")
    created = answer(browser)["createExperiment"]
    assert (created["name"], created["status"]) == ("My first experiment", "DRAFT")
    assert (created["rollout"]["percentage"], created["rollout"]["controlPercentage"]) == (50, 50)
    assert Experiment.objects.get().key == created["key"]


def test_the_broken_example_shows_every_problem_and_writes_nothing(browser: Browser) -> None:
    sign_in(browser)

    browser.click(".graphiql-tab:nth-child(2)")
    browser.wait_for(f"{QUERY_EDITOR}.getValue().includes('CreateExperimentRefused')")
    browser.click(".graphiql-execute-button")

    refusal = answer(browser)["createExperiment"]
    assert refusal["__typename"] == "InvalidInput"
    assert {problem["code"] for problem in refusal["problems"]} == {"BLANK", "OVER_ALLOCATED"}
    assert not Experiment.objects.exists()


def test_documentation_explorer_and_dialogs_work_under_the_policy(browser: Browser) -> None:
    sign_in(browser)

    browser.click("button[aria-label='Show Documentation Explorer']")
    browser.wait_for("document.querySelector('.graphiql-doc-explorer')?.innerText.includes('Root Types')")
    browser.click("button[aria-label='Show GraphiQL Explorer']")
    browser.wait_for("document.querySelector('.docExplorerWrap')?.innerText.includes('createExperiment')")
    browser.click("button[aria-label='Open settings dialog']")
    browser.wait_for("!!document.querySelector('.graphiql-dialog')")
    assert browser.evaluate("getComputedStyle(document.body).overflow") == "hidden"


def test_signing_out_leads_back_to_the_form(browser: Browser) -> None:
    sign_in(browser)

    browser.click("form[action='/sign-out'] button")

    browser.wait_for("location.pathname === '/sign-in'")
    browser.open(browser.evaluate("location.origin") + "/graphql")
    browser.wait_for("!!document.querySelector('#password')")


def test_drafts_outlive_a_reload_and_the_examples_can_be_restored(browser: Browser) -> None:
    sign_in(browser)
    execute(browser, "Draft")
    browser.wait_for(f"{STORED}.filter(([key, text]) => text.includes('query Draft')).length >= 2")

    browser.call("Page.reload")
    browser.wait_for(f"{QUERY_EDITOR}.getValue() === 'query Draft {{ __typename }}'")
    browser.click("#restore-examples")

    browser.wait_for(f"{QUERY_EDITOR}.getValue().includes('createExperiment')")
