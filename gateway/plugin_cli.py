"""`piecerate plugin ...`: what somebody needs who writes, checks or allows a plugin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.refused import CommandRefused

plugin = typer.Typer(help="Plugins: list, check, write and try them out.", no_args_is_help=True)
TEST_TOOLS = ("pytest", "hypothesis")
NameArgument = Annotated[
    str, typer.Argument(help="A built-in or installed plugin, or the folder of a project.")
]


def require_test_tools() -> None:
    """They are no part of what a deployment installs."""
    from importlib.util import find_spec  # noqa: PLC0415

    missing = [each for each in TEST_TOOLS if find_spec(each) is None]
    if missing:
        raise CommandRefused(f"this command needs {' and '.join(missing)}: install them first.")


@plugin.command("list")
def list_plugins() -> None:
    """Show what is installed, whether it may load, and how to pin it."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from gateway.plugin_show import rows  # noqa: PLC0415
    from gateway.settings import read_settings  # noqa: PLC0415

    console = Console(soft_wrap=True)
    table = Table("plugin", "status", "offers", "reason")
    pins = []
    for each in rows(read_settings().plugins):
        table.add_row(each.name, each.status, ", ".join(each.offers), each.reason)
        pins += [each.pin] if each.pin else []
    console.print(table)
    if pins:  # below, and never folded: they are there to be copied
        console.print("\nFor PIECERATE_PLUGINS, in exactly this version and these files:")
        for pin in pins:
            typer.echo(f"  {pin}")


@plugin.command()
def show(name: NameArgument) -> None:
    """Show the manifests of a plugin, field by field."""
    from rich.console import Console  # noqa: PLC0415

    from gateway.plugin_checks import module_of, offered  # noqa: PLC0415
    from gateway.plugin_show import manifest_table  # noqa: PLC0415

    console = Console(soft_wrap=True)
    for each in offered(module_of(name)):
        console.print(manifest_table(each))


@plugin.command()
def capabilities(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="All manifests, for programs.")] = False,
) -> None:
    """Compare all shipped and installed providers: rails, abilities, limits."""
    from rich.console import Console  # noqa: PLC0415

    from gateway.plugin_show import capabilities_json, capability_table, every_offer  # noqa: PLC0415

    offers = every_offer()
    if as_json:
        typer.echo(capabilities_json(offers))
    else:
        Console(soft_wrap=True).print(capability_table(offers))


@plugin.command()
def check(
    name: NameArgument,
    *,
    types: Annotated[bool, typer.Option(help="Ask mypy too, where it is installed.")] = True,
) -> None:
    """Look at hooks, manifest, forms, imports and floats; non-zero exit names what is wrong."""
    from gateway.plugin_checks import check as problems_of  # noqa: PLC0415
    from gateway.plugin_checks import module_of, type_problems  # noqa: PLC0415

    module = module_of(name)
    problems = problems_of(module)
    typed = type_problems(module) if types else []
    for each in [*problems, *(typed or [])]:
        typer.echo(f"{each.place}: {each.what}")
    if typed is None:
        typer.echo("mypy is not installed: types are not checked.")
    if problems or typed:
        raise typer.Exit(1)
    typer.echo(f"{module.__name__} is in order.")


@plugin.command()
def new(
    kind: Annotated[str, typer.Argument(help="payments or verifier", show_default=False)] = "",
    name: Annotated[str, typer.Argument(help="Letters and digits.", show_default=False)] = "",
    *,
    rails: Annotated[str, typer.Option(help="wallet, bank_local, card, ...")] = "wallet",
    countries: Annotated[str, typer.Option(help="As in PH,IN.")] = "PH",
    into: Annotated[Path, typer.Option(help="Where its folder is made.")] = Path(),
) -> None:
    """Write a plugin that works against an invented service, to be replaced piece by piece."""
    from domain.payouts.provider import Rail  # noqa: PLC0415
    from plugins.scaffold import PLACES, ScaffoldRefused, write_plugin  # noqa: PLC0415

    if kind not in PLACES or not name:
        kinds = " or ".join(PLACES)
        raise CommandRefused(
            f"say which kind ({kinds}), then a name: piecerate plugin new payments acme."
        )
    if rails not in set(Rail):
        raise CommandRefused(f"--rails is one of {', '.join(Rail)}.")
    try:
        written = write_plugin(
            kind=kind,
            name=name,
            rail=rails,
            countries=countries.split(","),
            into=into.absolute(),
        )
    except ScaffoldRefused as refusal:
        raise CommandRefused(f"{refusal}.") from refusal
    for path in written:
        typer.echo(f"  {path}")
    typer.echo(f"\nNext: piecerate plugin conformance {written[0].parent}")


@plugin.command()
def conformance(
    names: Annotated[list[str] | None, typer.Argument(help="Plugins, or folders.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All shipped providers.")] = False,
    out: Annotated[Path, typer.Option("--json", help="Where the result goes.")] = Path(
        "conformance.json"
    ),
    only: Annotated[str, typer.Option(help="Cases, as pytest's -k: c14 or c15.")] = "",
) -> None:
    """Run every case of the suite; print a matrix and write it down."""
    require_test_tools()
    from gateway.plugin_suites import project_of, shipped, suite_files  # noqa: PLC0415

    wanted = [*(names or []), *(shipped() if every else [])]
    if not wanted:
        raise CommandRefused("name a plugin or a folder, or say --all.")
    files = suite_files(wanted)
    projects = {project_of(each) for each in files}
    if len(projects) > 1:
        raise CommandRefused("one project at a time.")
    command = [
        # Where pytest-asyncio is installed, it asks for a setting that has no use here.
        *(sys.executable, "-W", "ignore:The configuration option"),
        *("-m", "pytest", "-q", "--tb=short", "--no-header"),
        *("-p", "plugins.conformance.report", "-p", "no:cacheprovider"),
        *("-W", "ignore::litestar.exceptions.LitestarDeprecationWarning"),
        *("--conformance-json", str(out.absolute())),
        *(("-k", only) if only else ()),
        *map(str, files),
    ]
    status = subprocess.run(command, cwd=projects.pop(), check=False).returncode  # noqa: S603  # our own interpreter
    if status:
        raise typer.Exit(status)
    typer.echo(f"Written to {out}.")


@plugin.command()
def run(
    name: NameArgument,
    *,
    suite: Annotated[str, typer.Option(help="Which test class, when there are several.")] = "",
) -> None:
    """Send, look up and break things by hand: an in-memory core, the simulator, no database."""
    require_test_tools()
    from rich.console import Console  # noqa: PLC0415

    from gateway.plugin_bench import work  # noqa: PLC0415
    from gateway.plugin_suites import suites  # noqa: PLC0415
    from plugins.conformance.suite import PayoutSuite  # noqa: PLC0415

    found = [each for each in suites([name]) if issubclass(each, PayoutSuite)]
    chosen = [each for each in found if suite in ("", each.__name__)]
    if not chosen:
        raise CommandRefused(f"there are {', '.join(each.__name__ for each in found) or 'none'}.")
    work(chosen[0], sys.stdin, console=Console(soft_wrap=True))


def simulators(
    names: Annotated[list[str] | None, typer.Argument(help="Some of them; else all.")] = None,
    *,
    into: Annotated[Path, typer.Option(help="Where instances and secrets are written.")] = Path(
        ".piecerate/simulators"
    ),
    port: Annotated[int, typer.Option(help="Of the page; the simulators follow.")] = 9100,
) -> None:
    """Pretend every provider's service on this machine, until Ctrl-C."""
    require_test_tools()
    import threading  # noqa: PLC0415

    from gateway.simulators import simulators as serving  # noqa: PLC0415
    from gateway.simulators import tell  # noqa: PLC0415

    folder = into.absolute()
    with serving(names or (), folder=folder, first_port=port) as served:
        typer.echo(f"\n  Page         http://127.0.0.1:{port}/\n")
        tell(served, folder=folder, say=typer.echo)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return
