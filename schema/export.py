"""`python -m schema.export` writes `schema.graphql`.

With `--check` it only compares, also with what was released; `--release` makes it the release.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Final

from schema import sdl
from schema.contract import NO_PERMISSIONS, MalformedPermission, judge, permissions_in

ROOT: Final = Path(__file__).parent.parent
FILE: Final = ROOT / "schema.graphql"
RELEASED: Final = ROOT / "schema.released.graphql"
ALLOWED: Final = ROOT / "schema.allowed_changes.toml"


def main(arguments: list[str], *, folder: Path = ROOT) -> int:
    file, released, allowed = (folder / path.name for path in (FILE, RELEASED, ALLOWED))
    if arguments not in ([], ["--check"], ["--release"]):
        sys.stderr.write("python -m schema.export [--check | --release]\n")
        return 2
    if not arguments:
        file.write_text(sdl())
        return 0
    if not file.exists() or file.read_text() != sdl():
        sys.stderr.write("schema.graphql is not what the code exports: run `make sdl`.\n")
        return 1
    if breaks(released.read_text(), allowed.read_text(), today=datetime.now(tz=UTC).date()):
        return 1
    if arguments == ["--release"]:
        released.write_text(sdl())
        allowed.write_text(NO_PERMISSIONS)
    return 0


def breaks(released: str, permissions: str, *, today: date) -> bool:
    """Says on standard error what does."""
    try:
        allowed = permissions_in(permissions, today=today)
    except (MalformedPermission, TOMLDecodeError) as error:
        sys.stderr.write(f"{ALLOWED.name}: {error}\n")
        return True
    verdict = judge(released=released, current=sdl(), allowed=allowed, today=today)
    for line in (*verdict.remarks, *verdict.faults):
        sys.stderr.write(f"{line}\n")
    if verdict.faults:
        sys.stderr.write("docs/frontend/deprecations.md says what may change, and how.\n")
    return bool(verdict.faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
