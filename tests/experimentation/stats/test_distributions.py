"""The door to SciPy: exact far out in the tails, and not opened before it is needed."""

import ast
import math
import subprocess
import sys
from pathlib import Path

import pytest

from server.experimentation.stats import distributions
from server.experimentation.stats.distributions import SMALLEST_P, as_p_value, chi_square_tail, normal_tail, t_tail

STATS = Path(distributions.__file__).parent


def test_statistics_can_be_imported_without_loading_scipy_numpy_or_django() -> None:
    modules = [f"server.experimentation.stats.{path.stem}" for path in STATS.glob("*.py")]
    script = f"import sys, {', '.join(modules)}; print(sorted({{'scipy', 'numpy', 'django'}} & set(sys.modules)))"

    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert printed == "[]\n"


def test_statistics_import_nothing_but_each_other_and_arithmetic() -> None:
    allowed = {"collections", "dataclasses", "enum", "functools", "importlib", "math", "operator", "sys", "typing"}
    found = {
        name for path in STATS.glob("*.py") for node in ast.walk(ast.parse(path.read_text())) for name in imported(node)
    }

    assert {name for name in found if not name.startswith("server.experimentation.stats.")} <= allowed


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return [module if module.startswith("server") else module.split(".")[0]]
    return []


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (normal_tail(20.0), 2.7536241186062337e-89),
        (t_tail(50.0, 200.0), 3.0331e-115),
        (chi_square_tail(900.0, 2.0), math.exp(-450)),
    ],
)
def test_tails_do_not_vanish_by_cancellation(tail: float, expected: float) -> None:
    assert tail == pytest.approx(expected, rel=1e-4)


def test_a_p_value_is_never_zero_and_never_above_one() -> None:
    assert as_p_value(0.0) == SMALLEST_P > 0
    assert as_p_value(1.0000001) == 1.0
    assert as_p_value(0.2) == 0.2
