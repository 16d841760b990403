"""Makes a file that only its owner may read."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.said import SettingsRefused


def make_secret_file(path: Path, text: str) -> None:
    """Never half a secret, and the first of two starters wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        try:
            os.link(draft, path)  # unlike a rename it never replaces what is there
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            draft.replace(path)
        draft.unlink(missing_ok=True)
    except OSError as failure:
        raise SettingsRefused(
            f"The folder {path.parent} cannot be written: {failure.strerror}. "
            "Set PIECERATE_HOME to a folder of yours."
        ) from failure
