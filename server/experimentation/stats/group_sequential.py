"""Planned looks: what looking k times costs, and the bounds that pay for it. For comparing; no plan of ours uses them.

Recursive numerical integration (Armitage, McPherson, Rowe, J. R. Stat. Soc. A 132, 1969; Jennison and
Turnbull, Group Sequential Methods, 2000, chapter 19), with the same information between looks.
"""

import math
from collections.abc import Sequence
from typing import Any

from server.experimentation.stats.distributions import normal_quantile, root, unit_rule

POINTS = 96


def crossing_probability(bounds: Sequence[float]) -> float:
    """P(|Z_k| exceeds its bound at any look) when there is no effect, with Z_k = S_k / √k.

    f_k(s) = ∫ f_{k-1}(t) φ(s - t) dt over the sums t that have not crossed before.
    """
    rule, stayed, sums, density = unit_rule(POINTS), 1.0, None, None
    for look, bound in enumerate(bounds, start=1):
        limit = bound * math.sqrt(look)
        nodes, weights = (2 * rule.nodes - 1) * limit, 2 * limit * rule.weights
        if sums is None or density is None:
            found = _density(nodes)
        else:
            found = (_density(nodes[:, None] - sums[None, :]) * density[None, :]).sum(axis=1)
        sums, density = nodes, found * weights
        stayed = float(density.sum())
    return 1 - stayed


def repeated_tests(*, looks: int, alpha_each: float) -> float:
    """The overall error when each of several looks is tested at the same level."""
    return crossing_probability([-float(normal_quantile(alpha_each / 2))] * looks)


def pocock(*, looks: int, alpha: float) -> float:
    """The same bound at each look (Biometrika 64, 1977)."""
    return root(lambda bound: crossing_probability([bound] * looks) - alpha, 1.0, 8.0)


def obrien_fleming(*, looks: int, alpha: float) -> float:
    """The bound at the last look, c; earlier ones are c √(K / k) (Biometrics 35, 1979)."""
    shape = [math.sqrt(looks / look) for look in range(1, looks + 1)]
    return root(lambda bound: crossing_probability([bound * each for each in shape]) - alpha, 1.0, 8.0)


def _density(x: Any) -> Any:
    return math.e ** (-x * x / 2) / math.sqrt(2 * math.pi)
