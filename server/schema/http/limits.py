"""The figures that bound a request. Enforces nothing itself."""

from dataclasses import dataclass

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_DIGITS = 1_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document, and one request with it, may ask for.

    A fragment counts at every spread of it, as if its text stood there.
    """

    nodes: int = 10_000
    default_page_size: int = DEFAULT_PAGE_SIZE
    max_page_size: int = MAX_PAGE_SIZE
    assumed_list_size: int = 10
    depth: int = 15
    fields: int = 2_000
    introspection_depth: int = 20
    introspection_fields: int = 400
    aliases: int = 30
    directives: int = 50
    fragments: int = 100
    mutations: int = 5
    tokens: int = 2_000
    characters: int = 50_000
    variable_values: int = 12_000
    variable_depth: int = 64
    validation_errors: int = 20
    cached_documents: int = 128
    cached_public_documents: int = 16
