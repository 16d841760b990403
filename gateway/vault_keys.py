"""The file of the vault's keys: read again when it changes, so that a rotation needs no restart."""

from __future__ import annotations

import os
import secrets
import tomllib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from gateway.said import SettingsRefused

KEY_LENGTH: Final = 32
HEADING: Final = (
    "# Keys of the vault. Keep them as you keep the secret key, never beside a database backup.\n"
    "# A key that wraps nothing any more may be removed once no backup needs it.\n"
)


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """`keks` by their ids: the highest wraps what is new."""

    keks: Mapping[int, bytes] = field(repr=False)
    index: bytes = field(repr=False)


class KeyFile:
    """Without a file the derived keys count; a derived key still opens what it wrapped before."""

    def __init__(self, path: Path | None, derived: VaultKeys) -> None:
        self._path = path
        self._derived = derived
        self._read = derived
        self._stamp: tuple[int, int] | None = None

    def keys(self, *, needed: int | None = None) -> VaultKeys:
        """A look at the file's date per call; it is read again when that has changed.

        `needed` looks only when the key is not known yet.
        """
        if self._path is None or (needed is not None and needed in self._read.keks):
            return self._read
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return self._read
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            said = read_keys(self._path)
            self._read = replace(said, keks={**self._derived.keks, **said.keks})
            self._stamp = stamp
        return self._read

    def add_kek(self) -> int:
        """Writes the file anew with one more key; the first time also the index key in use."""
        assert self._path is not None
        now = self.keys()
        kek_id = max(now.keks) + 1
        said = {each: key for each, key in now.keks.items() if each not in self._derived.keks}
        said[kek_id] = secrets.token_bytes(KEY_LENGTH)
        write_keys(self._path, VaultKeys(keks=said, index=now.index))
        return kek_id


def read_keys(path: Path) -> VaultKeys:
    """Raises `SettingsRefused`, which names no key."""
    try:
        mode = path.stat().st_mode
        content = tomllib.loads(path.read_text())
        keks = {int(name): b64decode(text, validate=True) for name, text in content["kek"].items()}
        index = b64decode(content["index"], validate=True)
    except OSError as failure:
        raise SettingsRefused(
            f"The file of the vault's keys {path} cannot be read: {failure.strerror}."
        ) from failure
    except (ValueError, KeyError, TypeError, AttributeError, NotBase64):
        raise SettingsRefused(f"The file of the vault's keys {path} is damaged.") from None
    if not keks or min(keks) < 1 or {len(key) for key in (*keks.values(), index)} != {KEY_LENGTH}:
        raise SettingsRefused(f"The file of the vault's keys {path} is damaged.")
    if mode & 0o077:
        raise SettingsRefused(
            f"The file of the vault's keys {path} is open to other users: run `chmod 600` on it."
        )
    return VaultKeys(keks=keks, index=index)


def write_keys(path: Path, keys: VaultKeys) -> None:
    """Whole or not at all, and never readable by others."""
    lines = [f'index = "{b64encode(keys.index).decode()}"', "", "[kek]"]
    lines += [f'{id_} = "{b64encode(key).decode()}"' for id_, key in sorted(keys.keks.items())]
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(HEADING + "\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
