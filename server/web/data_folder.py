"""The folder of one installation on one machine, and its secrets, made once; never production's data."""

import contextlib
import json
import os
import secrets
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

API_KEY_PREFIX = "fsk_"
OWNER_ONLY = 0o600


class DataFolderFailure(Exception):
    """The data folder cannot be used; the message is one line for whoever gave it."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an installation keeps to itself, apart from what its database keeps."""

    secret_key: str
    demo_password: str
    demo_api_key: str

    @classmethod
    def random(cls) -> "Secrets":
        """New ones: nobody can guess a single one of them."""
        return cls(
            secret_key=secrets.token_urlsafe(50),
            demo_password=secrets.token_urlsafe(15),
            demo_api_key=API_KEY_PREFIX + secrets.token_urlsafe(32),
        )


def data_folder() -> Path:
    """The folder that FAIRSPLIT_DATA names, or `.data` of the checkout, ready for writing.

    Raises:
        DataFolderFailure: it cannot be made, or nothing can be written there.
    """
    checkout = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("FAIRSPLIT_DATA") or checkout / ".data").expanduser().absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        raise DataFolderFailure(
            f"the data folder {folder} cannot be written ({problem.strerror}): give another one with FAIRSPLIT_DATA"
        ) from problem
    return folder


def warehouse_of(folder: Path) -> Path:
    """Where the files with the events of a data folder's database are."""
    return folder / "warehouse"


def secrets_of(folder: Path) -> Secrets:
    """The secrets of a data folder; the first to ask makes them, and its owner alone can read them.

    Raises:
        DataFolderFailure: they are there and cannot be read.
    """
    file = folder / "secrets.json"
    if not file.exists():
        _write_once(file, json.dumps(asdict(Secrets.random()), indent=2) + "\n")
    try:
        if stat.S_IMODE(file.stat().st_mode) != OWNER_ONLY:
            file.chmod(OWNER_ONLY)
        return Secrets(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError) as problem:
        raise DataFolderFailure(f"{file} cannot be read: remove it, and new secrets are made") from problem


def _write_once(file: Path, text: str) -> None:
    """Write a file that nobody has written yet; who loses the race leaves the winner's, whole."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "w") as opened:
        opened.write(text)
    with contextlib.suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
