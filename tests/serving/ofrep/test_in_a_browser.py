"""The web provider in a page of another origin, in a real browser: what only a browser enforces."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.serving.ofrep.clients.build import HERE
from tests.serving.ofrep.serving import CLIENT_KEY, SERVER_KEY, Serving
from tests.serving.ofrep.shop import flag
from tests.web.browser import PROGRAM, Browser, chromium

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")

START = """(async () => {
  const { OpenFeature, OFREPWebProvider } = await import("/web.mjs");
  const provider = new OFREPWebProvider(%s);
  window.flags = OpenFeature.getClient();
  await OpenFeature.setContext({ targetingKey: "user-1" });
  await OpenFeature.setProviderAndWait(provider).catch((problem) => (window.problem = problem));
  return flags.providerStatus;
})()"""


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def page_origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=HERE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def _chromium() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(_chromium: Browser, page_origin: str) -> Browser:
    _chromium.open(f"{page_origin}/package.json")
    return _chromium


def start(page: Browser, shop: Serving, key: str = CLIENT_KEY, **options: Any) -> Any:
    given = {"baseUrl": shop.url, "headers": [["Authorization", f"Bearer {key}"]], "cacheMode": "disabled", **options}
    return page.evaluate(START % json.dumps(given))


def test_a_page_of_an_allowed_origin_gets_its_flags_and_hears_of_changes(
    shop: Serving, page: Browser, page_origin: str
) -> None:
    shop.allow(page_origin)

    assert start(page, shop) == "READY"
    assert page.evaluate("flags.getStringValue('checkout', '')") == "#00f"
    assert page.evaluate("flags.getStringValue('secret', 'mine')") == "mine"

    shop.publish(string=flag("STRING", "new"))
    page.wait_for("flags.getStringValue('string', '') === 'new'")


def test_polling_sends_the_tag_that_the_page_may_read(shop: Serving, page: Browser, page_origin: str) -> None:
    shop.allow("*")
    before = len(page.events)

    assert start(page, shop, changeDetection="polling", pollInterval=50) == "READY"
    page.wait_for("new Promise((resolve) => setTimeout(() => resolve(true), 300))")

    answered = [
        event["params"]["response"]["status"]
        for event in page.events[before:]
        if event["method"] == "Network.responseReceived" and event["params"]["type"] == "Fetch"
    ]
    assert answered[0] == 200
    assert set(answered[1:]) == {304}


def test_a_page_of_another_origin_gets_nothing_and_is_told_so(shop: Serving, page: Browser) -> None:
    shop.allow("https://shop.example")

    assert start(page, shop) == "FATAL"
    assert page.evaluate("problem.cause.response.status") == 403
    assert page.evaluate("flags.getStringValue('checkout', 'mine')") == "mine"


def test_a_page_can_tell_that_its_key_is_wrong(shop: Serving, page: Browser) -> None:
    assert start(page, shop, key="fsc_wrong") == "FATAL"
    assert page.evaluate("problem.cause.response.status") == 401


def test_a_page_can_read_how_long_it_has_to_wait(shop: Serving, page: Browser, page_origin: str) -> None:
    shop.allow(page_origin)
    shop.limit(per_second=0.01)

    waits = f"""(async () => {{
      const ask = () => fetch("{shop.url}/ofrep/v1/evaluate/flags", {{
        method: "POST", body: "{{}}", headers: {{ "X-API-Key": "{CLIENT_KEY}", "Content-Type": "application/json" }},
      }});
      await ask();
      const answer = await ask();
      return [answer.status, answer.headers.get("retry-after")];
    }})()"""

    assert page.evaluate(waits) == [429, "100"]


def test_a_server_side_key_is_of_no_use_in_a_page(shop: Serving, page: Browser, page_origin: str) -> None:
    shop.allow("*")

    assert start(page, shop, key=SERVER_KEY) == "ERROR"
    assert page.evaluate("problem.message") == "The OFREP request failed."
