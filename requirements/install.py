"""Makes the virtual environment and installs a lock file into it; does nothing when that is done already.

    python3 requirements/install.py .venv requirements/dev.txt

Runs on nothing but Python's standard library, and prints one line when it cannot go on.
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

OLDEST = (3, 11)
SETTINGS = ("--no-input", "--disable-pip-version-check", "--quiet")


def main() -> None:
    """Install, unless the environment holds what the lock file names."""
    folder, lock = Path(sys.argv[1]), Path(sys.argv[2])
    if sys.version_info < OLDEST:
        sys.exit(f"fairsplit needs Python {'.'.join(map(str, OLDEST))} or newer: say which with PYTHON=python3.12")
    python = folder / "bin" / "python"
    stamp = folder / f"installed-{lock.stem}"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    sys.stderr.write(f"Installing {lock} into {folder}\n")
    is_new = not python.exists()
    try:
        if is_new:
            venv.create(folder, with_pip=True, symlinks=True)
        pip = [str(python), "-m", "pip", "install", *SETTINGS, "--require-hashes", "-r", str(lock)]
        subprocess.run(pip, check=True, stdout=sys.stderr)
    except (subprocess.CalledProcessError, OSError) as problem:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        sys.exit(f"The installation of {lock} into {folder} failed: {problem}")
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
