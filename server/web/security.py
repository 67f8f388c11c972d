"""The Content-Security-Policy of every answer. Never loosened for a page: a page that needs more is wrong.

Nothing inline and nothing from elsewhere. The one exception is a nonce for style elements, given
to pages that ask for it: GraphiQL's dialogs lock the page's scrolling with one.
"""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

HEADER = "Content-Security-Policy"
_NONCE = "fairsplit.style_nonce"


def style_nonce(request: HttpRequest) -> str:
    """This request's nonce for style elements; asking for it lets it into the policy."""
    return str(request.META.setdefault(_NONCE, secrets.token_urlsafe(16)))


def _policy(styles: str) -> str:
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": styles,
        "img-src": "'self' data:",  # GraphiQL's style sheet carries its marks for errors as data
        "font-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


POLICY = _policy("'self'")


class ContentSecurityPolicyMiddleware:
    """Puts the policy on every answer; stands before whatever may answer early."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        nonce = request.META.get(_NONCE)
        response.headers[HEADER] = _policy(f"'self' 'nonce-{nonce}'") if nonce else POLICY
        return response
