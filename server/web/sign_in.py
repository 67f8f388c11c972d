"""The pages that sign a browser in and out. Checks no password itself, and redirects to own paths only."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from server.accounts.models import User
from server.accounts.sign_in import TooManyAttempts, WrongCredentials
from server.accounts.sign_in import sign_in as start_session


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail and password; go on to ``next`` once they are right."""
    if request.method == "POST":
        return _sign_in(request)
    goal = own_path(request.GET.get("next"))
    if isinstance(request.user, User):
        return redirect(goal)
    return _form(request, goal)


def _sign_in(request: HttpRequest) -> HttpResponse:
    email, password = request.POST.get("email", ""), request.POST.get("password", "")
    goal = own_path(request.POST.get("next"))
    try:
        start_session(request, email=email, password=password, now=timezone.now())
    except WrongCredentials as refusal:
        return _form(request, goal, email=email, refusal=refusal.message, status=422)
    except TooManyAttempts as refusal:
        return _form(request, goal, email=email, refusal=refusal.message, status=429)
    return redirect(goal)


@require_POST
@csrf_protect
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and ask to sign in again."""
    logout(request)
    return redirect(reverse("sign-in"))


def own_path(asked: str | None) -> str:
    """The path that ``next`` asks for if it is one of ours, else GraphiQL."""
    if asked and asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    return reverse("graphql")


def _form(request: HttpRequest, goal: str, *, email: str = "", refusal: str = "", status: int = 200) -> HttpResponse:
    context = {"next": goal, "email": email, "refusal": refusal}
    return render(request, "web/sign_in.html", context, status=status)
