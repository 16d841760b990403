"""What the environment said, read value by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.refused import CommandRefused


class SettingsRefused(CommandRefused):
    """A value nobody can start with; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`default` is told to people; what it means is decided in `settings_from`."""

    name: str
    default: str
    meaning: str
    is_secret: bool = False


def number_of(
    said: Mapping[str, str], *, name: str, default: int, largest: int, smallest: int = 1
) -> int:
    text = said.get(name, str(default))
    if not (text.isascii() and text.isdigit() and smallest <= int(text) <= largest):
        raise SettingsRefused(
            f"{name} is {text!r}; it must be a whole number from {smallest} to {largest}."
        )
    return int(text)


def secret_in(path: str, *, name: str) -> str:
    """The text of the file that the key `name` names."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as failure:
        raise SettingsRefused(f"{name} {path} cannot be read: {failure.strerror}.") from failure


def listed(said: Mapping[str, str], *, name: str) -> tuple[str, ...]:
    """Separated by commas."""
    return tuple(each.strip() for each in said.get(name, "").split(",") if each.strip())
