"""Reads the secrets of provider instances where the operator keeps them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gateway.logs import HIDDEN


class SecretFiles:
    """Secrets stay where the operator keeps them; only their names travel."""

    def __init__(self, references: Mapping[str, str]) -> None:
        self._references = references

    def __repr__(self) -> str:
        return f"SecretFiles({', '.join(sorted(self._references))})"

    def text(self, name: str) -> str:
        """Raises where it is missing, empty or no reference: there is no default secret."""
        found = self.texts(name)
        if not found:
            raise LookupError(f"the secret {name!r} is missing")
        return found[0]

    def texts(self, name: str) -> tuple[str, ...]:
        """One per line, the newest first."""
        if name not in self._references:
            return ()
        kind, _, place = self._references[name].partition(":")
        match kind:
            case "env":
                content = os.environ.get(place, "")
            case "file":
                content = Path(place).read_text()
            case _:
                raise ValueError(f"the secret {name!r} is no env: or file: reference")
        found = tuple(line.strip() for line in content.splitlines() if line.strip())
        HIDDEN.add(found)
        return found

    def hidden_in(self, text: str) -> str:
        """A plugin may say why it does not open, but its secrets are not told with it."""
        for name in self._references:
            with suppress(OSError, ValueError):  # what cannot be read cannot be told
                for value in self.texts(name):
                    text = text.replace(value, "[secret]")
        return text
