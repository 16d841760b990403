"""`piecerate verification …`: lists to screen against, and checks that go out as files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.embedded import reachable_database
from gateway.refused import CommandRefused
from gateway.starting import started

if TYPE_CHECKING:
    from uuid import UUID

    from domain.verification.operations import Asking, FileRead, ScreeningProgress
    from domain.verification.provider import CheckFile, ListVersion
    from gateway.settings import Settings

verification = typer.Typer(help="Checks of members.", no_args_is_help=True)
InstanceArgument = Annotated[str, typer.Argument(help="A verifier, as in providers.toml.")]
EmailOption = Annotated[str, typer.Option("--as", help="E-mail address; has the role staff.")]
PRIVATE: Final = 0o600


@verification.command("list")
def add_one(
    instance: InstanceArgument,
    list_id: Annotated[str, typer.Argument(help="Which list, as the verifier calls it.")],
    path: Annotated[Path, typer.Argument(help="The file, as its publisher offers it.")],
) -> None:
    """Keep a newer file of a list; everybody is screened anew."""
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("verification")
    content = content_of(path)
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        work = partial(
            add, settings, instance=instance, list_id=list_id, name=path.name, content=content
        )
        version = run_on_pool(dsn, work)
    typer.echo(f"{version.entry_count} entries of {version.list_id} are kept.")


@verification.command("screen")
def screen_all() -> None:
    """Screen everybody whose turn it is, now. Stopped, it goes on when it is called again."""
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("verification")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        progress = run_on_pool(dsn, partial(screen, settings))
    typer.echo(f"{progress.for_people_count} wait for a person, {progress.left_count} for others.")


@verification.command("file-out")
def write_one(
    instance: InstanceArgument,
    path: Annotated[Path, typer.Argument(help="Where to write it; it must not exist.")],
    *,
    email: EmailOption,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
) -> None:
    """Write the checks that wait for a file. It holds personal data: delete it afterwards."""
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("verification")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        work = partial(render, settings, instance=instance, email=email, reason=reason)
        file = run_on_pool(dsn, work)
    try:
        with path.open("xb") as out:
            path.chmod(PRIVATE)
            out.write(file.content)
    except OSError as failure:
        raise CommandRefused(f"{path} cannot be written: {failure.strerror}.") from failure
    typer.echo(f"{path} is written, for you alone. Delete it once it is handed in.")


@verification.command("file-in")
def read_one(
    instance: InstanceArgument,
    path: Annotated[Path, typer.Argument(help="The answer, as it was given.")],
    *,
    email: EmailOption,
) -> None:
    """Read an answer; reading it again changes nothing. Exit code 1 when people must look."""
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("verification")
    content = content_of(path)
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        work = partial(take, settings, instance=instance, email=email, content=content)
        read = run_on_pool(dsn, work)
    typer.echo(f"{read.answer_count} checks are answered, {read.unknown_count} were not awaited.")
    if read.unread_lines:
        lines = ", ".join(map(str, read.unread_lines[:20]))
        typer.echo(f"  lines that could not be read: {lines}")
        raise typer.Exit(1)


async def add(
    settings: Settings, *, instance: str, list_id: str, name: str, content: bytes
) -> ListVersion:
    from domain.verification.operations import add_list  # noqa: PLC0415

    async with opened(settings) as asking:
        return await add_list(
            instance_id=instance,
            list_id=list_id,
            name=name,
            content=content,
            member_id=None,
            verifiers=asking.verifiers,
            new_id=asking.new_id,
            now=asking.clock(),
        )


async def screen(settings: Settings) -> ScreeningProgress:
    """A line per chunk; the job worker may screen at the same time."""
    from domain.verification.operations import screen_due, screening_progress  # noqa: PLC0415

    async with opened(settings) as asking:
        while count := await screen_due(asking=asking):
            progress = await screening_progress(now=asking.clock())
            typer.echo(f"  {count} screened, {progress.left_count} left")
        return await screening_progress(now=asking.clock())


async def render(settings: Settings, *, instance: str, email: str, reason: str) -> CheckFile:
    from domain.verification.operations import render_check_file  # noqa: PLC0415

    async with opened(settings) as asking:
        member_id = await member_of(email)
        return await render_check_file(
            instance_id=instance, member_id=member_id, reason=reason, asking=asking
        )


async def take(settings: Settings, *, instance: str, email: str, content: bytes) -> FileRead:
    from domain.verification.operations import read_check_file  # noqa: PLC0415

    async with opened(settings) as asking:
        member_id = await member_of(email)
        return await read_check_file(
            instance_id=instance, member_id=member_id, content=content, asking=asking
        )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Asking]:
    """With verifiers opened for this one command; a refusal is one sentence."""
    from domain.errors import Refused  # noqa: PLC0415
    from domain.verification.operations import Asking  # noqa: PLC0415
    from gateway.given import clock, new_id  # noqa: PLC0415
    from gateway.parts import opened_parts  # noqa: PLC0415

    async with opened_parts(settings) as parts:
        try:
            yield Asking(
                verifiers=parts.providers.verifiers,
                vault=parts.vault,
                clock=clock,
                new_id=new_id,
            )
        except Refused as refusal:
            raise CommandRefused(f"{refusal}.") from refusal


async def member_of(email: str) -> UUID:
    from domain.access.queries import credentials_of  # noqa: PLC0415
    from domain.members.rules import email_key  # noqa: PLC0415

    found = await credentials_of(email_key=email_key(email))
    if found is None:
        raise CommandRefused("Nobody is registered with this address.")
    return found.member_id


def content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise CommandRefused(f"The file {path} cannot be read: {failure.strerror}.") from failure
