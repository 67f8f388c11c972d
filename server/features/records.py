"""What the audit log says of a feature."""

import math
from collections.abc import Iterable
from typing import Any

from server.features.models import Feature, Option


def feature_facts(feature: Feature, options: Iterable[Option]) -> dict[str, Any]:
    """The whole feature as plain JSON; shares in basis points. Options that are not written yet come last."""
    return {
        "key": feature.key,
        "description": feature.description,
        "valueType": feature.value_type,
        "value": feature.default_value,
        "serverOnly": feature.server_only,
        "archived": feature.archived_at is not None,
        "options": [
            {
                "id": option.pk,
                "key": option.key,
                "value": option.value,
                "basisPoints": option.default_allocation,
            }
            for option in sorted(options, key=lambda option: option.pk or math.inf)
        ],
    }
