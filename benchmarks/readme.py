"""Writes figures into benchmarks/README.md, between two marks; what stands around them is written by hand."""

from pathlib import Path

README = Path(__file__).with_name("README.md")
OPERATIONS = "figures"
FLAGS = "figures of the serving of flags"
EVENTS = "figures of events"
RESULTS = "figures of results"


def marks(part: str) -> tuple[str, str]:
    """What a part's figures stand between."""
    return f"<!-- {part}: written by `make bench` -->", f"<!-- end of the {part} -->"


def runs(rounds: int) -> str:
    """What every figure is of so many rounds."""
    return "of one run" if rounds == 1 else f"the median of {rounds} runs"


def write(part: str, text: str, readme: Path = README) -> None:
    """Put a part's figures between its marks.

    Raises:
        ValueError: the marks are not there.
    """
    start_mark, end_mark = marks(part)
    before, start, rest = readme.read_text().partition(start_mark)
    _, end, after = rest.partition(end_mark)
    if not (start and end):
        raise ValueError(f"{readme.name} lacks the marks that the {part} stand between")
    readme.write_text(f"{before}{start_mark}\n\n{text}\n\n{end_mark}{after}")
