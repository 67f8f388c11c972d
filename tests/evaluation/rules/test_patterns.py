"""A regular expression is taken only if every engine reads it alike and none can be made to hang by it."""

import itertools
import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.evaluation.rules.patterns import MAX_PATTERN, pattern_problems
from server.evaluation.rules.patterns.cost import cost_of
from server.evaluation.rules.patterns.syntax import (
    Assert,
    Either,
    Node,
    Refused,
    Repeat,
    Row,
    Take,
    read_pattern,
)

ORDINARY = [
    r"^.+@example\.com$",
    r"^(de|fr|en)-[A-Z]{2}$",
    r"^v\d+\.\d+(\.\d+)?$",
    r"(?i)chrome/\d+",
    r"^[a-z0-9._-]+@[a-z0-9.-]+\.[a-z]{2,}$",
    r"^[\w.+-]+@[\w-]+\.[\w.-]+$",
    r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    r".*foo.*",
    r"foo.*bar",
    r"^.*foo.*$",
    r".*@subdomain\.example\.com",
    r"^(\d{1,3}\.){3}\d{1,3}$",
    r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    r"^[a-z]+(-[a-z]+)*$",
    r"^\w+(\s\w+)*$",
    r"(?i)^\w+(\s\w+)*$",
    r"^(\w+\.)*\w+$",
    r"(^|,)beta(,|$)",
    r"^https?://[^/]+/checkout(/.*)?$",
    r"^\d{4}-\d{2}-\d{2}T.*Z$",
    r"\bbeta\b",
    r"^user-[0-9]{1,10}$",
    r"foo|bar",
    r"^(foo|foobar)$",
    r"[\w-]+",
    r"[+-]",
    r"^\s*$",
    r".*",
    r"^[à-ÿ]+é$",
    r"\x41\t\/\-\@",
]

# Published as ways to hang an engine: the OWASP, Wikipedia and CWE-1333 pages, advisories of packages.
HARMFUL = [
    r"^(a+)+$",
    r"^([a-zA-Z]+)*$",
    r"^(a|aa)+$",
    r"^(a|a?)+$",
    r"^(.*a){11}$",
    r"(a*)*",
    r"(a|a)*",
    r"(a|ab)*c",
    r"(\w|\d)+$",
    r"(a+b?)+$",
    r"\d+\d+",
    r".*.*",
    r".*.*=.*",
    r"(?:(?:\"|'|\]|\}|\\|\d|(?:nan|infinity|true|false|null|undefined|symbol|math)"
    r"|\`|\-|\+)+[)]*;?((?:\s|-|~|!|\{\}|\|\||\+)*.*(?:.*=.*)))",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$",
    r"^[a-zA-Z]+(([\'\,\.\- ][a-zA-Z ])?[a-zA-Z]*)*\s+<(\w[-._\w]*\w@\w[-._\w]*\w\.\w{2,3})>$",
    r"^\s+\s+$",
    r"(x+x+)+y",
    r"(x+)*y",
    r"(([^)(]+|\([^)(]*\))+)+$",
    r"^(\w+\s?)*$",
    r"([0-9]+)+#",
    r"(.|\s)*x",
    r"^(\d+|[0-9a-f]+)*$",
    r"^([a-z0-9]+[-_]?)*$",
    r"<(!--.*-->|[^>]*)*>",
    r"(?:\s*,?\s*)*;",
    r"^((ab)*|(abab)*)*$",
    r"([a-z]?){30}[a-z]{30}",
    r"a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    r"(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)b",
    r"(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)x",
    r"(?i)(k|\u212a)+".replace(r"\u212a", "\u212a"),
    r"^.*a.*b.*c$",
    r"\S+@\S+\.\S+$",
]

BEYOND_LINEAR_ENGINES = [
    r"(a)\1",
    r"(?=a)b",
    r"(?!a)b",
    r"(?<=a)b",
    r"(?<!a)b",
    r"(?>a+)b",
    r"a++b",
    r"a*+b",
    r"a?+b",
    r"a{1,2}+b",
    r"(a)?(?(1)b|c)",
    r"(?P=n)",
    r"(?R)",
    r"(?1)",
    r"\k<n>",
    r"a{101}",
    r"a{1,101}",
    r"a{101,}",
    r"(a{100}){100}",
    r"((((a{100}){100}){100}){100}){100}",
    "(" * 21 + "a" + ")" * 21,
]

NO_PATTERNS = [
    "(",
    ")",
    "a)",
    "[a",
    "[]",
    "*a",
    "a**",
    "a{2,1}",
    "a{1",
    "{a}",
    "a]",
    "^*",
    "a\\",
    r"\q",
    r"\u0041",
    r"\x4",
    r"\p{L}",
    r"\A",
    r"\Z",
    r"\0",
    "[b-a]",
    "[[:alpha:]]",
    "[a&&b]",
    "[a--b]",
    r"[\d-x]",
    "(?P<n>a)",
    "(?<n>a)",
    "(?#a)",
    "(?x)a",
    "a(?i)b",
    "(?ii)a",
    "a{,3}",
    "\\\n",
]


def codes(pattern: object) -> list[str]:
    return [p.code for p in pattern_problems(pattern, ())]


@pytest.mark.parametrize("pattern", ORDINARY)
def test_an_ordinary_pattern_is_taken(pattern: str) -> None:
    assert pattern_problems(pattern, ()) == []


@pytest.mark.parametrize("pattern", HARMFUL + BEYOND_LINEAR_ENGINES)
def test_a_pattern_that_can_explode_is_refused(pattern: str) -> None:
    assert codes(pattern) == ["UNSAFE_REGEX"]


@pytest.mark.parametrize("pattern", NO_PATTERNS)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    assert codes(pattern) == ["BAD_REGEX"]


def test_a_pattern_is_a_sound_text_within_bounds() -> None:
    assert codes(5) == ["WRONG_TYPE"]
    assert codes("") == ["BLANK"]
    assert codes("a" * MAX_PATTERN) == []
    assert codes("a" * (MAX_PATTERN + 1)) == ["TOO_LONG"]
    assert codes("a\0") == ["BAD_TEXT"]
    assert codes("\ud800") == ["BAD_TEXT"]


def test_two_repeats_may_stand_side_by_side_only_if_they_share_no_character() -> None:
    assert codes(r"^\d+[a-z]+$") == []
    assert codes(r"^\d+[a-z]*\d+$") == ["UNSAFE_REGEX"]
    assert codes(r"^\d+-\d+$") == []


def test_a_class_and_its_opposite_share_no_ascii_character_in_a_loop() -> None:
    assert codes(r"^(\s\w+)*$") == []
    assert codes(r"^(\w[^\w]+)*$") == ["UNSAFE_REGEX"]  # beyond ASCII, engines disagree
    assert codes(r"^([a-z]+[^a-z])*$") == []
    assert codes(r"(?i)^([a-z]+[^a-z])*$") == ["UNSAFE_REGEX"]  # so do they on the other case of k


@pytest.mark.parametrize("pattern", ORDINARY)
def test_an_accepted_pattern_runs_in_bounded_time_on_hostile_texts(pattern: str) -> None:
    seeds = ["a", "1", " ", "@", ".", "a.", "a@", "@.", "foo", "-a", "a-", "1.", "é", "/", "a ", ",", "beta,"]
    texts = [
        start + (seed * 1000)[: 1000 - len(start) - 1] + "\n"
        for seed in seeds
        for start in ("", "a@", "v1.", "https://a/checkout", "2020-01-01T")
    ]
    compiled = re.compile(pattern, re.ASCII)

    started = time.process_time()
    for text in texts:
        compiled.search(text)

    assert time.process_time() - started < 5


class TooMuch(Exception):
    """A walk took more steps than its bound."""


class Walk:
    """The most naive engine: walks every way, and counts how often it looks at a character."""

    def __init__(self, text: str, bound: int) -> None:
        self.text, self.bound, self.steps = text, bound, 0

    def ends(self, node: Node, at: int) -> Iterator[int]:
        match node:
            case Take(characters):
                self.steps += 1
                if self.steps > self.bound:
                    raise TooMuch
                if at < len(self.text) and characters.takes(ord(self.text[at])):
                    yield at + 1
            case Assert():
                yield at
            case Row(items):
                if not items:
                    yield at
                else:
                    for end in self.ends(items[0], at):
                        yield from self.ends(Row(items[1:]), end)
            case Either(options):
                for option in options:
                    yield from self.ends(option, at)
            case Repeat(body, least, most):
                if most != 0:
                    rest = Repeat(body, max(0, least - 1), None if most is None else most - 1)
                    for end in self.ends(body, at):
                        yield from self.ends(rest, end)
                if least == 0:
                    yield at


atoms = st.sampled_from(["a", "b", "[ab]", "ab", "ba"])
bodies = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map("".join)
        | st.lists(inner, min_size=2, max_size=3).map(lambda options: f"({'|'.join(options)})")
        | st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        )
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(["", "^"]), bodies)
def test_no_walk_through_an_accepted_pattern_takes_longer_than_its_bound(anchor: str, body: str) -> None:
    node = read_pattern(f"{anchor}{body}c$")
    try:
        constant, linear, quadratic = cost_of(node)
    except Refused:
        return

    for length, seed in itertools.product((3, 12), ("a", "b", "ab", "aab", "abb")):
        text = (seed * length)[:length]
        n = length + 1
        walk = Walk(text, constant + linear * n + quadratic * n * (n + 1) // 2)
        for start in range(1 if anchor else length + 1):
            list(walk.ends(node, start))


@settings(deadline=None)
@given(st.text(alphabet="ab019.*+?|()[]{}^$\\-,:=!<>Pdwsé\n", max_size=40))
def test_any_text_is_judged_without_a_crash_and_what_is_taken_compiles(pattern: str) -> None:
    problems = pattern_problems(pattern, ("value",))

    assert {p.code for p in problems} <= {"BLANK", "BAD_REGEX", "UNSAFE_REGEX"}
    assert all(p.path == ("value",) for p in problems)
    if not problems:
        re.compile(pattern)


def test_the_judgement_itself_takes_bounded_time() -> None:
    letters = "|".join("abcdefghij" * 7)
    patterns = [
        f"({letters})({letters})x",
        "a?" * 99,
        "[a-z]{1,63}" * 15,
        "((a?b?c?d?x)*y){9}",
        "a{100}" * 50,
    ]

    started = time.process_time()
    for pattern in patterns:
        pattern_problems(pattern, ())

    assert time.process_time() - started < 2
