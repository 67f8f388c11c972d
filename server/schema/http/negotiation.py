"""Which media type an answer gets: what `Accept` asks for, among what we have. Reads nothing else."""

from dataclasses import dataclass
from functools import lru_cache

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Preference:
    """What a client wants: a media type of ours or None, and whether it would rather have a page."""

    media_type: str | None
    prefers_html: bool


@lru_cache(maxsize=256)
def preference(accept: str) -> Preference:
    """Read an `Accept` header. Clients send few different ones, so answers are kept.

    Without a header, or where a wildcard leaves the choice to us, it is `application/json`,
    which every client understands; asked for both by name, it is the newer type.
    """
    ranges = _ranges(accept) or [("*/*", 1.0)]
    offers = []
    for media_type in (JSON, GRAPHQL_RESPONSE):
        quality, exactness = _fit(ranges, media_type)
        if quality > 0:
            by_name = exactness == 2
            offers.append((quality, exactness, (media_type == GRAPHQL_RESPONSE) == by_name, media_type))
    best = max(offers) if offers else None
    html, html_exactness = _fit(ranges, HTML)
    prefers_html = html > 0 and html_exactness == 2 and (best is None or html >= best[0])
    return Preference(best[3] if best else None, prefers_html)


def _ranges(accept: str) -> list[tuple[str, float]]:
    ranges = []
    for entry in accept.split(","):
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        if name:
            ranges.append((name, _quality(parameters)))
    return ranges


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _fit(ranges: list[tuple[str, float]], media_type: str) -> tuple[float, int]:
    """The quality that the most exact matching range gives, and how exact it is."""
    quality, exactness = 0.0, -1
    wildcards = {media_type: 2, media_type.split("/")[0] + "/*": 1, "*/*": 0}
    for name, given in ranges:
        exact = wildcards.get(name)
        if exact is None:
            continue
        if exact > exactness or (exact == exactness and given > quality):
            quality, exactness = given, exact
    return quality, exactness
