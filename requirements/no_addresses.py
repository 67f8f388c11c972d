"""Fails when a tracked file names the host of a package registry; looks at nothing that git does not track.

A lock file that names one makes everybody's installation depend on it, mirrors or not.
"""

import subprocess
import sys
from pathlib import Path

# In halves, so that this file does not name them either.
HOSTS = tuple(
    first + second
    for first, second in (
        ("pypi", ".org"),
        ("pypi.python", ".org"),
        ("files.python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("registry.yarn", "pkg.com"),
        ("npm.pkg", ".github.com"),
        ("deb.deb", "ian.org"),
    )
)


def main() -> None:
    """Name each file with each host that stands in it."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], check=True, capture_output=True)
    found = [
        f"{name}: names {host}"
        for name in filter(None, listed.stdout.decode().split("\0"))
        if Path(name).is_file()
        for host in HOSTS
        if host.encode() in Path(name).read_bytes()
    ]
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
