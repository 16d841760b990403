"""`python -m schema.export` writes `schema.graphql`; with `--check` it only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from schema import sdl

FILE: Final = Path(__file__).parent.parent / "schema.graphql"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        sys.stderr.write("python -m schema.export [--check]\n")
        return 2
    if arguments == ["--check"]:
        if FILE.exists() and FILE.read_text() == sdl():
            return 0
        sys.stderr.write("schema.graphql is not what the code exports: run `make sdl`.\n")
        return 1
    FILE.write_text(sdl())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
