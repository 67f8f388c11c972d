"""What the documents say holds: their GraphQL fits the schema, and what they point to is there."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from server.schema.schema import schema

CHECKOUT = Path(__file__).resolve().parents[2]
README = CHECKOUT / "README.md"
PAGES = sorted([README, *(CHECKOUT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```graphql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:|#")


def blocks() -> list[tuple[str, str]]:
    """Every block of GraphQL, with the page and its place on it."""
    found = []
    for page in PAGES:
        for count, block in enumerate(BLOCK.findall(page.read_text()), start=1):
            found.append((f"{page.relative_to(CHECKOUT)}-{count}", block))
    return found


def links() -> list[tuple[Path, str]]:
    """Every link and picture that leads to a file, with the page that it stands on."""
    return [
        (page, target) for page in PAGES for target in LINK.findall(page.read_text()) if not ELSEWHERE.match(target)
    ]


def test_the_pages_have_examples_and_links() -> None:
    pages = {place.rpartition("-")[0] for place, _ in blocks()}

    assert {"README.md", "docs/graphql-over-http.md"} <= pages
    assert (README, "docs/images/graphiql.png") in links()


@pytest.mark.parametrize("block", [block for _, block in blocks()], ids=[place for place, _ in blocks()])
def test_every_graphql_example_fits_the_schema(block: str) -> None:
    assert validate(schema._schema, parse(block)) == []


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(CHECKOUT)) for page in PAGES])
def test_every_link_leads_to_a_file_that_is_there(page: Path) -> None:
    targets = [target.partition("#")[0] for of, target in links() if of == page]

    assert [target for target in targets if not (page.parent / target).exists()] == []
