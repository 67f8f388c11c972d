"""The one door to SciPy: distributions, quadrature and roots. Holds no statistics of its own.

SciPy is loaded when the first number is asked for, not when this module is imported: a web
process that never computes a statistic pays neither its memory nor its start-up time. Upper tails
are survival functions, never ``1 - cdf``.
"""

import math
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

SMALLEST_P = sys.float_info.min
"""What a p-value is when it is smaller than a double can hold: never 0."""


def normal_cdf(x: Any) -> Any:
    """Φ(x), of a number or of an array."""
    return _special().ndtr(x)


def normal_density(x: float) -> float:
    """The density of the standard normal distribution at x."""
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def normal_tail(x: float) -> float:
    """1 - Φ(x) without cancellation."""
    return float(_special().ndtr(-x))


def normal_quantile(p: Any) -> Any:
    """Φ⁻¹(p), of a number or of an array."""
    return _special().ndtri(p)


def scaled_normal_tail(x: float) -> float:
    """(1 - Φ(x)) / φ(x), Mills' ratio: does not vanish far out, where both of its parts do."""
    return math.sqrt(math.pi / 2) * float(_special().erfcx(x / math.sqrt(2)))


def t_tail(x: float, degrees_of_freedom: float) -> float:
    """P(T > x) of Student's t."""
    return float(_special().stdtr(degrees_of_freedom, -x))


def t_quantile(p: float, degrees_of_freedom: float) -> float:
    """The p-quantile of Student's t."""
    return float(_special().stdtrit(degrees_of_freedom, p))


def noncentral_t_cdf(x: float, degrees_of_freedom: float, noncentrality: float) -> float:
    """P(T ≤ x) of the non-central t."""
    return float(_special().nctdtr(degrees_of_freedom, noncentrality, x))


def chi_square_tail(x: float, degrees_of_freedom: float) -> float:
    """P(X > x) of the chi-square distribution."""
    return float(_special().chdtrc(degrees_of_freedom, x))


def beta_cdf(x: Any, a: float, b: float) -> Any:
    """P(X ≤ x) of Beta(a, b), of a number or of an array."""
    return _special().betainc(a, b, x)


def beta_quantile(p: Any, a: float, b: float) -> Any:
    """The p-quantile of Beta(a, b), of a number or of an array."""
    return _special().betaincinv(a, b, p)


def gamma_cdf(x: Any, shape: float, rate: float) -> Any:
    """P(X ≤ x) of Gamma(shape, rate), of a number or of an array."""
    return _special().gammainc(shape, rate * x)


def gamma_quantile(p: Any, shape: float, rate: float) -> Any:
    """The p-quantile of Gamma(shape, rate), of a number or of an array."""
    return _special().gammaincinv(shape, p) / rate


def log_gamma(x: float) -> float:
    """log Γ(x)."""
    return math.lgamma(x)


def as_p_value(probability: float) -> float:
    """A probability as a p-value: at most 1, and never 0, which no test can show."""
    return max(min(probability, 1.0), SMALLEST_P)


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where the function is 0 between two points at which its signs differ (Brent's method)."""
    return float(import_module("scipy.optimize").brentq(function, low, high, xtol=1e-14, rtol=1e-13, maxiter=500))


def normal_mean(function: Callable[[float], float]) -> float:
    """E f(Z) of a standard normal Z, adaptive (QUADPACK), to 1e-9 of functions that are no larger than 1."""
    quad = import_module("scipy.integrate").quad
    return float(quad(lambda z: function(z) * normal_density(z), -9, 9, epsabs=1e-11, epsrel=1e-9, limit=400)[0])


class Rule(NamedTuple):
    """A quadrature on (0, 1): arrays of nodes and weights."""

    nodes: Any
    weights: Any


def unit_rule(points: int) -> Rule:
    """Gauss-Legendre on (0, 1)."""
    nodes, weights = _special().roots_legendre(points)
    return Rule((nodes + 1) / 2, weights / 2)


def _special() -> Any:
    return import_module("scipy.special")
