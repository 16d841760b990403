"""The `piecerate` command."""

from __future__ import annotations

import sys


def main() -> None:
    if not __debug__:
        sys.exit("piecerate: start Python without -O: assertions guard the money.")
    try:
        from gateway.cli import run  # noqa: PLC0415  # after the check above

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
