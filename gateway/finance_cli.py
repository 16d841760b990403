"""`piecerate finance invoices …`: runs, credit notes, the register and its proof."""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gateway.embedded import reachable_database
from gateway.refused import CommandRefused
from gateway.starting import started

if TYPE_CHECKING:
    from domain.invoices.queries import RunRecord

finance = typer.Typer(help="Papers and their numbers.", no_args_is_help=True)
invoices = typer.Typer(help="Documents that are issued.", no_args_is_help=True)
finance.add_typer(invoices, name="invoices")
EmailOption = Annotated[str, typer.Option("--as", help="E-mail address; has the role finance.")]
FromOption = Annotated[datetime, typer.Option("--from", help="First day.", formats=["%Y-%m-%d"])]
ToOption = Annotated[datetime, typer.Option("--to", help="Last day.", formats=["%Y-%m-%d"])]


@finance.callback()
def group() -> None:
    """A group, although it has one member."""


@invoices.command()
def issue(
    kind: Annotated[Literal["fee_invoice", "self_bill"], typer.Argument(help="What to issue.")],
    *,
    email: EmailOption,
) -> None:
    """Issue for everybody with work that no document shows; goes on with a run that was killed."""
    from domain.invoices.rules import DocumentKind  # noqa: PLC0415
    from gateway import paper_commands  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.settings import secret_key  # noqa: PLC0415
    from gateway.vault import AesVault  # noqa: PLC0415

    def say(run: RunRecord) -> None:
        typer.echo(
            f"{run.issued_count} of {run.total_count} issued, {run.refused_count} refused, "
            f"{run.nothing_count} with nothing to bill."
        )

    settings = started("finance")
    work = partial(
        paper_commands.issue,
        email=email,
        kind=DocumentKind(kind),
        process_count=os.cpu_count() or 1,
        vault=AesVault(secret_key(settings), keys_file=settings.vault_keys_file),
        say=say,
    )
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        run = run_on_pool(dsn, work)
    if run.refused_count:
        raise typer.Exit(1)


@invoices.command()
def credit(
    number: Annotated[str, typer.Argument(help="Of the invoice.")],
    *,
    email: EmailOption,
    reason: Annotated[str, typer.Option(help="Stands on the credit note.")],
    net: Annotated[str | None, typer.Option(help="Such as 1.50; without it, all.")] = None,
    currency: Annotated[str, typer.Option(help="Of --net.")] = "USD",
) -> None:
    """Give a fee back, with its VAT, to the employer's deposit."""
    from domain.money import MICROS_PER_UNIT, Money  # noqa: PLC0415
    from gateway import paper_commands  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    try:
        part = None if net is None else Money(int(Decimal(net) * MICROS_PER_UNIT), currency)
    except (InvalidOperation, AssertionError) as error:
        raise CommandRefused("--net is an amount such as 1.50, --currency three letters.") from (
            error
        )
    settings = started("finance")
    work = partial(paper_commands.credit, email=email, number=number, net=part, reason=reason)
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        typer.echo(f"Credit note {run_on_pool(dsn, work)}.")


@invoices.command()
def register(*, since: FromOption, until: ToOption) -> None:
    """Write every document of a period as CSV to the standard output."""
    from gateway import paper_commands  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.papers import member_ref_of  # noqa: PLC0415

    settings = started("finance")
    days, member_ref = _days(since, until), member_ref_of(settings)
    work = partial(
        paper_commands.write_register,
        since=days[0],
        until=days[1],
        member_ref=member_ref,
        file=sys.stdout,
    )
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        run_on_pool(dsn, work)


@invoices.command()
def check() -> None:
    """Count every series; non-zero exit when a number is missing."""
    from gateway import paper_commands  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("finance")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        found = run_on_pool(dsn, paper_commands.series)
    for each in found:
        state = "gapless" if each.is_gapless else "GAP"
        typer.echo(
            f"{each.prefix}{each.year}  {each.kind.value}  {each.document_count} documents, "
            f"next {each.next_number}  {state}"
        )
    if not all(each.is_gapless for each in found):
        raise typer.Exit(1)


@invoices.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Is made when it is not there.")],
    *,
    since: FromOption,
    until: ToOption,
) -> None:
    """Write the files of a period, their register and a manifest into a folder."""
    from gateway import paper_commands  # noqa: PLC0415
    from gateway.given import clock  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.papers import member_ref_of  # noqa: PLC0415

    settings = started("finance")
    days, member_ref = _days(since, until), member_ref_of(settings)
    work = partial(
        paper_commands.export,
        since=days[0],
        until=days[1],
        member_ref=member_ref,
        folder=folder,
        now=clock(),
    )
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        count, undrawn = run_on_pool(dsn, work)
    typer.echo(f"{count} documents; {undrawn} are not drawn yet.")


@invoices.command()
def logo(
    code: Annotated[str, typer.Argument(help="Of the company.")],
    path: Annotated[Path, typer.Argument(help="A PNG or an SVG.")],
    *,
    email: EmailOption,
) -> None:
    """Put a picture on the company's documents from now on."""
    from gateway import paper_commands  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("finance")
    try:
        content = path.read_bytes()
    except OSError as failure:
        raise CommandRefused(f"The file {path} cannot be read: {failure.strerror}.") from failure
    work = partial(
        paper_commands.set_logo, email=email, code=code, suffix=path.suffix, content=content
    )
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        run_on_pool(dsn, work)
    typer.echo(f"Documents of {code} show it from now on.")


def _days(since: datetime, until: datetime) -> tuple[date, date]:
    days = since.replace(tzinfo=UTC).date(), until.replace(tzinfo=UTC).date()
    if days[0] > days[1]:
        raise CommandRefused("--from is after --to.")
    return days
