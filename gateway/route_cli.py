"""`piecerate route …`: rules as TOML, approved by another person, tried before they count."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from gateway.embedded import reachable_database
from gateway.starting import started

route = typer.Typer(help="Rules that say who pays which payout.", no_args_is_help=True)
EmailOption = Annotated[str, typer.Option("--as", help="E-mail address; has the role finance.")]
VersionArgument = Annotated[int, typer.Argument(help="Of the ruleset.")]


@route.command("load")
def load_rules(
    file: Annotated[Path, typer.Argument(help="TOML: see docs/plugins/routing.md.")],
    *,
    email: EmailOption,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    effective_from: Annotated[
        datetime | None, typer.Option("--from", help="UTC; without it, now.")
    ] = None,
) -> None:
    """Write a draft; another person approves it."""
    from gateway import routing_file  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("route")
    rules = routing_file.read_rules(file)
    begin = (effective_from or datetime.now(UTC)).replace(tzinfo=UTC)
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        work = partial(routing_file.load, rules, email=email, effective_from=begin, note=note)
        version = run_on_pool(dsn, work)
    typer.echo(f"Ruleset {version} is a draft: another person approves it.")


@route.command("approve")
def approve_rules(version: VersionArgument, *, email: EmailOption) -> None:
    """Let a draft of another person decide from its day on."""
    from gateway import routing_file  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("route")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        run_on_pool(dsn, partial(routing_file.approve, version, email=email))
    typer.echo(f"Ruleset {version} is approved.")


@route.command("withdraw")
def withdraw_rules(version: VersionArgument, *, email: EmailOption) -> None:
    """Take a ruleset back: the one before it decides again."""
    from gateway import routing_file  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("route")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        run_on_pool(dsn, partial(routing_file.withdraw, version, email=email))
    typer.echo(f"Ruleset {version} is withdrawn.")


@route.command("list")
def list_rules() -> None:
    """Show the newest versions."""
    from rich.console import Console  # noqa: PLC0415

    from gateway import routing_file  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("route")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        found = run_on_pool(dsn, routing_file.rulesets)
    routing_file.tell_rulesets(found, console=Console(soft_wrap=True))


@route.command()
def preview(
    *,
    country: Annotated[str, typer.Option(help="Of the member.")],
    amount: Annotated[str, typer.Option(help="Such as 12.50.")],
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")],
    kind: Annotated[str, typer.Option(help="Of the destination, such as sandbox.")],
    destination_country: Annotated[
        str | None, typer.Option(help="Of the account; else that of the member.")
    ] = None,
    version: Annotated[int | None, typer.Option(help="Of a draft to try.")] = None,
) -> None:
    """Explain who would pay such a payout; nothing is written."""
    from rich.console import Console  # noqa: PLC0415

    from gateway import routing_file  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("route")
    asked = routing_file.asked_for(
        amount=amount,
        currency=currency,
        country=country,
        destination_country=destination_country,
        kind=kind,
    )
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        work = partial(routing_file.try_payment, asked, settings=settings, version=version)
        found = run_on_pool(dsn, work)
    routing_file.tell_route(found, console=Console(soft_wrap=True))


@route.command()
def month(version: VersionArgument) -> None:
    """Try a ruleset on the payouts of the last 30 days; nothing is written."""
    from rich.console import Console  # noqa: PLC0415

    from gateway import routing_file  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("route")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        found = run_on_pool(dsn, partial(routing_file.try_month, version, settings=settings))
    routing_file.tell_preview(found, console=Console(soft_wrap=True))
