"""The commands of `piecerate`; each loads what it needs itself, so that help is quick."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.campaign_cli import campaign
from gateway.embedded import reachable_database
from gateway.finance_cli import finance
from gateway.payouts_cli import payouts
from gateway.plugin_cli import plugin, simulators
from gateway.processes import PARENT_PID, die_with_parent
from gateway.refused import CommandRefused
from gateway.reputation_cli import reputation
from gateway.route_cli import route
from gateway.settings import SettingsRefused
from gateway.starting import started
from gateway.vault_cli import vault
from gateway.verification_cli import verification

app = typer.Typer(
    name="piecerate",
    help="An open GraphQL backend for paid micro-work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it prints local variables
)

documents = typer.Typer(
    help="Operations that frontends registered beforehand.", no_args_is_help=True
)
app.add_typer(campaign, name="campaign")
app.add_typer(documents, name="documents")
app.add_typer(finance, name="finance")
app.add_typer(payouts, name="payouts")
app.add_typer(plugin, name="plugin")
app.add_typer(reputation, name="reputation")
app.add_typer(route, name="route")
app.add_typer(verification, name="verification")
app.add_typer(vault, name="vault")
app.command()(simulators)
ClientOption = Annotated[str, typer.Option("--client", help="name@version, as in web@1.4.2.")]


def run() -> None:
    """A refusal is one sentence and exit code 1; anything else is a bug and shows its traceback."""
    from gateway.migrate import MigrationFailed  # noqa: PLC0415
    from plugins.manager import PluginMissing  # noqa: PLC0415

    try:
        app()
    except (CommandRefused, MigrationFailed, PluginMissing) as refusal:
        sys.exit(f"piecerate: {refusal}")


@app.command()
def demo() -> None:
    """Run everything, with a demo marketplace in it, until Ctrl-C."""
    from gateway.demo import LOGINS, fill  # noqa: PLC0415
    from gateway.launch import serve as launch  # noqa: PLC0415
    from gateway.progress import Progress  # noqa: PLC0415

    settings, progress = started("launcher"), Progress()
    if settings.is_production:
        raise SettingsRefused(
            "PIECERATE_ENV is production: the demo tells its passwords to everybody; run "
            "`piecerate serve`."
        )

    def say_where() -> None:
        progress.say(f"\n  GraphQL   {settings.url}/graphql")
        progress.say(f"  GraphiQL  {settings.url}/graphiql")
        progress.say(f"  Docs      {settings.url}/docs\n\n  Demo logins")
        for login in LOGINS:
            progress.say(f"  {login.role:<9} {login.email:<28} {login.password}")
        progress.say("\n  Ctrl-C stops everything; the data stays.\n")

    launch(settings, progress=progress, fill=fill, when_ready=say_where)


@app.command()
def serve() -> None:
    """Run the database (unless DATABASE_URL names one), the web server and a job worker."""
    from gateway.launch import serve as launch  # noqa: PLC0415
    from gateway.progress import Progress  # noqa: PLC0415

    settings, progress = started("launcher"), Progress()
    launch(
        settings,
        progress=progress,
        when_ready=lambda: progress.say(f"\n  GraphQL   {settings.url}/graphql\n"),
    )


@app.command()
def worker() -> None:
    """Run one job worker alone; as many as you like may run on one database."""
    if PARENT_PID in os.environ:
        die_with_parent(int(os.environ[PARENT_PID]))
    settings = started("jobs")
    from gateway.job_worker import run_worker  # noqa: PLC0415

    with reachable_database(settings) as dsn:
        run_worker(settings, dsn=dsn)


@app.command()
def migrate(
    *,
    role: Annotated[
        str | None,
        typer.Option("--runtime-role", help="A database role that gets all that servers need."),
    ] = None,
) -> None:
    """Bring the database to the newest schema."""
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.runtime_role import grant_runtime  # noqa: PLC0415

    settings = started("migrate")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        if role is not None:
            run_on_pool(dsn, partial(grant_runtime, role))
    typer.echo("The schema is current.")


@app.command()
def consensus(
    labels: Annotated[Path, typer.Argument(help="TSV of worker, task, answer; no header.")],
    *,
    truth: Annotated[
        Path | None, typer.Option(help="TSV of task, answer: shows what the rules reach.")
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(help="TSV of task, answer: chooses the rules by it.")
    ] = None,
) -> None:
    """Say what a crowd agrees on, as TSV; with --truth, try the rules on it instead."""
    from gateway.quality.command import consensus as agree  # noqa: PLC0415

    agree(labels, truth=truth, gold=gold, show=truth is not None)


@app.command()
def doctor(
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what is wrong.")] = False,
) -> None:
    """Show the settings and check that everything is in order; non-zero exit when it is not."""
    from gateway.doctor import examine, report  # noqa: PLC0415

    settings = started("doctor")
    findings = examine(settings)
    report(settings, findings, is_quiet=quiet)
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


@app.command()
def grant(
    email: Annotated[str, typer.Argument(help="Of a member who has registered.")],
    role: Annotated[Literal["finance", "staff"], typer.Argument(help="What they work as.")],
) -> None:
    """Let a member work for the platform."""
    from domain.members.rules import Role  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.staff import grant as give  # noqa: PLC0415

    settings = started("grant")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        run_on_pool(dsn, partial(give, email=email, role=Role(role)))
    typer.echo(f"{email} has the role {role}.")


@app.command()
def issuer(
    *,
    code: Annotated[str, typer.Option(help="Begins every document number, such as PCR.")],
    name: Annotated[str, typer.Option(help="As it is registered.")],
    street: Annotated[str, typer.Option()],
    postcode: Annotated[str, typer.Option()],
    city: Annotated[str, typer.Option()],
    country: Annotated[str, typer.Option(help="Two letters.")],
    vat_id: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Name the legal entity that issues documents; production has none before."""
    from domain.invoices.rules import LegalEntity  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.staff import name_issuer  # noqa: PLC0415

    settings = started("issuer")
    entity = LegalEntity(
        code=code,
        name=name,
        street=street,
        postcode=postcode,
        city=city,
        country=country,
        vat_id=vat_id,
    )
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        run_on_pool(dsn, partial(name_issuer, entity))
    typer.echo(f"Documents are issued by {name}.")


@app.command()
def verify(
    *,
    sealed: Annotated[
        list[str] | None, typer.Option(help="DAY=HASH of an earlier log; may be repeated.")
    ] = None,
) -> None:
    """Audit the books; non-zero exit on any difference, each named."""
    from rich.console import Console  # noqa: PLC0415

    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.verify import noted_seals, report  # noqa: PLC0415
    from gateway.verify import verify as audit  # noqa: PLC0415

    noted = noted_seals(sealed or [])
    settings = started("verify")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        differences = run_on_pool(dsn, partial(audit, noted=noted), is_audit=True)
    report(differences, console=Console())
    if differences:
        raise typer.Exit(1)


@app.command()
def replay(
    labels: Annotated[Path, typer.Argument(help="Lines of worker TAB task TAB answer.")],
    *,
    truth: Annotated[Path | None, typer.Option(help="Lines of task TAB answer.")] = None,
    gold: Annotated[int | None, typer.Option(help="Use the truth of so many tasks only.")] = None,
    reward: Annotated[str, typer.Option(help="For one approved answer.")] = "0.05",
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "USD",
    concurrency: Annotated[int, typer.Option(help="How much is done at once.")] = 8,
    via: Annotated[
        Literal["operations", "http"], typer.Option(help="In this process, or as real clients.")
    ] = "operations",
) -> None:
    """Drive the marketplace with a real file of crowd answers; run it again to go on."""
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.replay import command  # noqa: PLC0415
    from gateway.replay.crowd import MalformedLine  # noqa: PLC0415
    from gateway.settings import secret_key  # noqa: PLC0415

    settings = started("replay")
    try:
        options = command.Options(
            labels=labels,
            truth=truth,
            gold=gold,
            reward=reward,
            currency=currency,
            concurrency=concurrency,
            via=command.Via(via),
        )
        plan = command.make_plan(options, secret=secret_key(settings))
        with reachable_database(settings) as dsn:
            run_on_pool(dsn, partial(modernise, settings))
            command.replay(options, settings=settings, dsn=dsn, plan=plan)
    except (command.ReplayRefused, MalformedLine) as refusal:
        raise CommandRefused(str(refusal)) from refusal


@app.command()
def simulate(
    *,
    days: Annotated[int, typer.Option(min=1, help="Of the virtual clock.")] = 14,
    members: Annotated[int, typer.Option(min=20, help="At the end.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed does the same again.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Write a page with charts.")] = None,
) -> None:
    """Play a marketplace on a virtual clock, audit every day; non-zero exit on any violation."""
    from rich.console import Console  # noqa: PLC0415

    from gateway.simulation import command  # noqa: PLC0415

    settings = started("simulate")
    wanted = command.Wanted(days=days, members=members, seed=seed, report=report)
    with reachable_database(settings) as dsn:
        outcome = command.run(wanted, settings=settings, dsn=dsn, console=Console())
    if outcome.wrongs:
        raise typer.Exit(1)


@documents.command()
def upload(
    manifest: Annotated[Path, typer.Argument(help="Written by graphql-codegen, Relay or Apollo.")],
    *,
    client: ClientOption,
) -> None:
    """Store a release's operations: all of them, or none when one would not run here."""
    from rich.console import Console  # noqa: PLC0415

    from gateway import manifests  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings, holder = started("documents"), manifests.client_from(client)
    texts = manifests.read_manifest(manifest)
    broken = manifests.broken_of(texts)
    if broken:
        manifests.tell_broken(broken, console=Console(stderr=True, soft_wrap=True))
        raise CommandRefused(
            f"{len(broken)} of {len(texts)} would not run here: nothing is stored."
        )
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        count = run_on_pool(dsn, partial(manifests.upload, texts, client=holder))
    typer.echo(f"{holder} holds {len(texts)} documents, {count} of them new to it.")


@documents.command("list")
def list_clients() -> None:
    """Show the clients, how many documents each holds, and when it used one last."""
    from rich.console import Console  # noqa: PLC0415

    from domain.trusted_documents.queries import clients  # noqa: PLC0415
    from gateway.manifests import tell_clients  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("documents")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        tell_clients(run_on_pool(dsn, clients), console=Console(soft_wrap=True))


@documents.command()
def check() -> None:
    """Hold every stored document against this schema; non-zero exit names whose would break."""
    from rich.console import Console  # noqa: PLC0415

    from gateway import manifests  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("documents")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        found = run_on_pool(dsn, manifests.check)
    manifests.tell_check(found, console=Console(soft_wrap=True))
    if any(found.values()):
        raise typer.Exit(1)


@documents.command()
def drop(
    *,
    client: ClientOption,
    force: Annotated[bool, typer.Option("--force", help="Though it may still be in use.")] = False,
) -> None:
    """Forget a release and the documents that no other holds."""
    from gateway import manifests  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings, holder = started("documents"), manifests.client_from(client)
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        count = run_on_pool(dsn, partial(manifests.drop, client=holder, is_forced=force))
    typer.echo(f"{holder} is gone, and {count} documents with it.")
