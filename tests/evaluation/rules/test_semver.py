"""Versions are read and ordered as SemVer 2.0 says, and nothing else is a version."""

from itertools import pairwise

import pytest

from server.evaluation.rules.semver import SemVer, parse_semver


def version(text: str) -> SemVer:
    parsed = parse_semver(text)
    assert parsed is not None, text
    return parsed


def test_the_specifications_example_is_in_order() -> None:
    texts = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "2.0.0",
        "2.1.0",
        "2.1.1",
        "10.0.0",
    ]

    versions = [version(text) for text in texts]

    assert all(a < b and b > a and a != b for a, b in pairwise(versions))


def test_build_metadata_is_ignored() -> None:
    assert version("1.0.0+build.1") == version("1.0.0+001") == version("1.0.0")
    assert version("1.0.0-rc.1+x") == version("1.0.0-rc.1")


def test_a_number_of_any_length_has_its_place() -> None:
    assert version("1.0." + "9" * 900) < version("1.0.1" + "0" * 900)


def test_numbers_come_before_words_of_a_prerelease() -> None:
    assert version("1.0.0-999") < version("1.0.0-a") < version("1.0.0-a.0")
    assert version("1.0.0-A") < version("1.0.0-a")


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0",
        "1.2.3----RC-SNAPSHOT.12.9.1--.12+788",
        "1.0.0-0A.is.legal",
        "1.0.0-alpha0.valid",
        "1.1.2+meta",
    ],
)
def test_what_the_specification_admits_is_a_version(text: str) -> None:
    assert parse_semver(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1.2", "v1.2.3", "1.2.3.4", "01.1.1", "1.1.1-01", "1.1.1-", "1.1.1+", "1.1.1-a..b"),
        *("1.1.1-é", " 1.1.1", "1.1.1\n", "1.1.-1", "\u0661.0.0", "1.1." + "1" * 1000),
    ],
)
def test_what_it_does_not_admit_is_none(text: str) -> None:
    assert parse_semver(text) is None
