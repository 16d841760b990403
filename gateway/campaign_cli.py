"""`piecerate campaign …`: offers that employers bring from other marketplaces."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gateway.embedded import reachable_database
from gateway.refused import CommandRefused
from gateway.starting import started

if TYPE_CHECKING:
    from domain.imports.operations import Imported

campaign = typer.Typer(help="Campaigns of employers.", no_args_is_help=True)


@campaign.callback()
def group() -> None:
    """A group, although it has one command."""


@campaign.command("import")
def import_file(
    path: Annotated[Path, typer.Argument(help="JSON, as the other marketplace's API takes it.")],
    *,
    employer: Annotated[str, typer.Option(help="The e-mail address whose draft it becomes.")],
    source: Annotated[Literal["mturk", "sproutgigs"], typer.Option("--from", help="Whose it is.")],
    category: Annotated[
        str | None, typer.Option(help="Kind of work, such as labeling; else it is guessed.")
    ] = None,
) -> None:
    """Make a draft of an offer, as `campaignImport` does, and say what is different. The same
    file becomes one draft, however often it is brought.
    """
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.settings import secret_key  # noqa: PLC0415
    from schema.ids import IdCodec, Tag  # noqa: PLC0415

    settings = started("campaign")
    try:
        document = path.read_text("utf-8")
    except OSError as failure:
        raise CommandRefused(f"The file {path} cannot be read: {failure.strerror}.") from failure
    except UnicodeDecodeError as failure:
        raise CommandRefused(f"The file {path} is no UTF-8.") from failure
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        bringing = partial(
            bring, email=employer, source=source, document=document, category=category
        )
        done = run_on_pool(dsn, bringing)
    id_ = IdCodec(secret_key(settings)).encode(Tag.CAMPAIGN, done.campaign_id)
    typer.echo(f"{'Brought before' if done.replayed else 'A new draft'}: {id_}")
    for line in told(done):
        typer.echo(line)


async def bring(*, email: str, source: str, document: str, category: str | None) -> Imported:
    """For the member with this address, under a key that is the file itself."""
    from domain.access import queries as logins  # noqa: PLC0415
    from domain.campaigns.rules import Category  # noqa: PLC0415
    from domain.errors import Refused  # noqa: PLC0415
    from domain.idempotency.rules import IdempotencyKey  # noqa: PLC0415
    from domain.imports.operations import import_campaign  # noqa: PLC0415
    from domain.imports.rules import Source  # noqa: PLC0415
    from domain.members.rules import email_key  # noqa: PLC0415
    from gateway.given import clock, new_id  # noqa: PLC0415

    if category is not None and category not in set(Category):
        raise CommandRefused(f"The category is one of {', '.join(sorted(Category))}.")
    known = await logins.credentials_of(email_key=email_key(email))
    if known is None:
        raise CommandRefused("Nobody is registered with this address.")
    digest = hashlib.sha256(f"{source} {category} {document}".encode())
    try:
        return await import_campaign(
            employer_id=known.member_id,
            source=Source(source),
            document=document,
            category=None if category is None else Category(category),
            key=IdempotencyKey(
                actor_id=known.member_id,
                operation="campaignImport",
                key=f"file {digest.hexdigest()}",
                digest=digest.digest(),
            ),
            new_id=new_id,
            now=clock(),
        )
    except Refused as refusal:
        raise CommandRefused(f"{refusal}.") from refusal


def told(done: Imported) -> list[str]:
    """What is different from the document, a line for each field."""
    lines = [f"  {each.change.value:<8} {each.field}: {each.text}" for each in done.draft.warnings]
    history = done.draft.history
    if history is not None:
        lines.append(
            f"  {history.work_count} pieces of work were handed in elsewhere,"
            f" {history.approved_count} approved, {history.rejected_count} rejected"
        )
        lines += [
            f"  {each.count} answered {each.question}: {each.answer}" for each in history.answers
        ]
    return lines
