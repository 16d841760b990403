"""`piecerate payouts …`: files that staff bring from banks and providers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.embedded import reachable_database
from gateway.refused import CommandRefused
from gateway.starting import started

if TYPE_CHECKING:
    from domain.provider_inbox.operations import FileRead
    from gateway.settings import Settings

payouts = typer.Typer(help="Files of banks and providers.", no_args_is_help=True)


@payouts.callback()
def group() -> None:
    """A group, although it has one command."""


@payouts.command("file")
def read_one(
    instance: Annotated[str, typer.Argument(help="Whose file it is, as in providers.toml.")],
    path: Annotated[Path, typer.Argument(help="The file, as the bank gave it.")],
) -> None:
    """Read a file once: what it says of payments counts as a look-up."""
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("payouts")
    try:
        content = path.read_bytes()
    except OSError as failure:
        raise CommandRefused(f"The file {path} cannot be read: {failure.strerror}.") from failure
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        read = run_on_pool(
            dsn, partial(take, settings, instance=instance, name=path.name, content=content)
        )
    typer.echo(f"{read.changed} payments moved on, {read.lines} lines compared with the books.")
    for ref in read.unknown:
        typer.echo(f"  {ref}: nothing was sent under this reference")
    for ref in read.unclear:
        typer.echo(f"  batch {ref}: booked as a whole, and does not fit what is open of it")
    if read.unknown or read.unclear:
        raise typer.Exit(1)


async def take(settings: Settings, *, instance: str, name: str, content: bytes) -> FileRead:
    """With providers opened for this one file."""
    from domain.errors import Refused  # noqa: PLC0415
    from domain.provider_inbox.operations import read_file  # noqa: PLC0415
    from gateway.given import clock, new_id  # noqa: PLC0415
    from gateway.parts import opened_parts  # noqa: PLC0415
    from gateway.provider_news import News  # noqa: PLC0415

    async with opened_parts(settings) as parts:
        try:
            return await read_file(
                instance_id=instance,
                name=name,
                content=content,
                read_by=None,
                news=News.of(parts.providers),
                vault=parts.vault,
                clock=clock,
                new_id=new_id,
            )
        except Refused as refusal:
            raise CommandRefused(f"{path_name(name)}: {refusal}.") from refusal


def path_name(name: str) -> str:
    return name if name.isprintable() else "the file"
