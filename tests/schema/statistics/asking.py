"""Statistics as a client asks for them: documents, inputs of every kind of sums, and who asks."""

from typing import Any

from server.accounts.authors import Author
from server.audit.authorship import AuthorKind
from tests.schema.api import Api
from tests.schema.walking import document

Input = dict[str, Any]

api = Api(Author(AuthorKind.USER, 1, "somebody without any grant"))
"""Nothing here reads or writes a row, so nobody has to be there."""


def proportion(units: int, successes: int) -> Input:
    return {"proportion": {"units": units, "successes": successes}}


def mean(units: int, total: float, squares: float, **covariate: float) -> Input:
    sums: Input = {"units": units, "sum": total, "sumSquares": squares}
    return {"mean": {**sums, "covariate": covariate} if covariate else sums}


def metric(control: Input, *treatments: Input, name: str = "conversion", **given: Any) -> Input:
    arms = [
        {"variant": variant, "sums": sums} for variant, sums in zip(("blue", "red", "green"), treatments, strict=False)
    ]
    return {"name": name, "control": control, "treatments": arms, **given}


CONVERSION = metric(proportion(5_000, 500), proportion(5_000, 590), proportion(5_000, 505))


def analysed(*metrics: Input, **given: Any) -> Any:
    """Everything that is answered."""
    asked = {"input": {"metrics": list(metrics or (CONVERSION,)), **given}}
    return api(document("analyseSufficientStatistics", asked), **asked)["analyseSufficientStatistics"]


def refused(*metrics: Input, **given: Any) -> list[tuple[str, str]]:
    """Every problem of what is refused: its path and its code."""
    asked = {"input": {"metrics": list(metrics or (CONVERSION,)), **given}}
    return problems(api.errors(document("analyseSufficientStatistics", asked), **asked))


def planned(**given: Any) -> Any:
    """Everything that is answered before a start."""
    return api(document("planSampleSize", {"input": given}), input=given)["planSampleSize"]


def not_planned(**given: Any) -> list[tuple[str, str]]:
    """Every problem of what is refused: its path and its code."""
    return problems(api.errors(document("planSampleSize", {"input": given}), input=given))


def problems(errors: list[dict[str, Any]]) -> list[tuple[str, str]]:
    (error,) = errors
    assert error["extensions"]["code"] == "INVALID_INPUT", error
    told = error["extensions"]["problems"]
    assert all(each["path"][0] == "input" and each["message"].endswith(".") for each in told)
    return [(".".join(each["path"][1:]), each["code"]) for each in told]
