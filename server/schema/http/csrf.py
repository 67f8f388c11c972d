"""Whether a signed-in browser meant to send a request. Signs nobody in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from server.schema.http.errors import CSRF_FAILED
from server.schema.http.request import HTTPRefusal


class _Check(CsrfViewMiddleware):
    """Django's check, which says why it failed in place of rendering a page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        raise HTTPRefusal(403, CSRF_FAILED, f"The CSRF check failed. {reason}")


def _view(_request: HttpRequest) -> HttpResponse:
    """Stands for the view, which is exempt itself so that the check runs here alone."""
    return HttpResponse()


_check = _Check(_view)


def check_csrf(request: HttpRequest) -> None:
    """Check a POST that a session could authenticate.

    A browser sends cookies without being asked, and an `Authorization` header never: a
    request with a bearer key needs no check, one without a session has nothing to protect.

    Raises:
        HTTPRefusal: with 403, if the check fails.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or bearer_key_sent(request):
        return
    _check.process_view(request, _view, (), {})


def bearer_key_sent(request: HttpRequest) -> bool:
    return bool(request.META.get("HTTP_AUTHORIZATION", "")[:7].lower() == "bearer ")
