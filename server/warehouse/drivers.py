"""Loads a warehouse's driver when it is first needed, and says which package lacks. Knows no warehouse itself."""

from importlib import import_module
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def driver(module: str, *, package: str) -> Any:
    """The module.

    Raises:
        ImproperlyConfigured: it is not installed; the message names the package.
    """
    try:
        return import_module(module)
    except ImportError:
        raise ImproperlyConfigured(f"WAREHOUSE_URL: the Python package {package} is not installed.") from None
