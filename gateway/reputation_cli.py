"""`piecerate reputation …`: checks a signed record without a database and without the network."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Annotated

import typer

from gateway.refused import CommandRefused

reputation = typer.Typer(help="Signed records of workers.", no_args_is_help=True)


@reputation.callback()
def about() -> None:
    """So that `verify` stays a word of its own."""


@reputation.command("verify")
def verify_record(
    file: Annotated[Path, typer.Argument(help="What `viewer.signedReputation` answered.")],
    *,
    keys: Annotated[
        Path, typer.Option(help="A copy of /reputation/keys.json of the deployment that signed.")
    ],
) -> None:
    """Say who stands behind a record; non-zero exit when it was not signed so."""
    from domain.reputation.rules import flaw_of  # noqa: PLC0415
    from gateway.signing import is_signed  # noqa: PLC0415

    text = _read(file)
    flaw = flaw_of(text, keys=_public_keys(keys), check=is_signed)
    if flaw is not None:
        raise CommandRefused(f"{file} is not what was signed: {flaw.value}.")
    record = json.loads(text)["record"]
    typer.echo(
        f"Signed by {record['issuer']} for {record['public_id']} on {record['as_of']}:"
        f" level {record['level']}, {record['points']} points."
    )


def _public_keys(file: Path) -> dict[str, bytes]:
    try:
        named = json.loads(_read(file))
        return {name: b64decode(key, validate=True) for name, key in named.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise CommandRefused(f"{file} holds no public keys.") from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandRefused(f"{file} cannot be read: {error.strerror}.") from error
