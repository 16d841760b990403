"""`piecerate doctor`: what is set, and whether everything is in order."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from rich.console import Console
from rich.text import Text

from gateway.embedded import EmbeddedPostgres, reachable_database
from gateway.embedded.installation import find_installation
from gateway.embedded.places import known_place
from gateway.given import clock
from gateway.instances import configured
from gateway.launch import is_healthy
from gateway.ports import port_problem
from gateway.providers import Providers, open_providers
from gateway.refused import CommandRefused
from gateway.settings import Settings, secret_key, unknown_keys
from gateway.vault_keys import read_keys
from plugins.manager import PluginMissing, PluginStatus

MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"

_APPLIED: Final = "select name from migration where app_name = 'domain'"
_RULESET: Final = """
    select 'ruleset ' || version from routing_ruleset
    where state = 'approved' and effective_from <= now()
    order by effective_from desc, version desc limit 1
"""
_HELD: Final = "select count(*) from jobs.pgqueuer where status = 'failed'"
_JOB_WORKERS: Final = """
    select count(*) from pg_stat_activity where application_name = 'piecerate-jobs'
        and datname = current_database()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`text` says what is so, and where it is not good, what to do."""

    subject: str
    is_good: bool
    text: str


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> list[Finding]:
    """A check that breaks is a finding too: the others still run."""
    findings: list[Finding] = []
    for check in (python, names, home, secret, vault_keys, plugins, programs, web_server, database):
        try:
            findings += check(settings)
        except (CommandRefused, PluginMissing, OSError) as refusal:
            findings.append(bad(check.__name__.replace("_", " "), str(refusal)))
    return findings


def report(settings: Settings, findings: list[Finding], *, is_quiet: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not is_quiet:
        for key, value, is_set in settings.lines():
            console.print(Text(f"{key.name} = {value}{'' if is_set else '  (default)'}"))
            console.print(Text(f"    {key.meaning}", style="dim"))
        console.print()
    for finding in findings:
        if finding.is_good and is_quiet:
            continue
        mark = Text("✓ ", style="green") if finding.is_good else Text("✗ ", style="red")
        console.print(mark + Text(f"{finding.subject}: {finding.text}"))


def good(subject: str, text: str) -> Finding:
    return Finding(subject=subject, is_good=True, text=text)


def bad(subject: str, text: str) -> Finding:
    return Finding(subject=subject, is_good=False, text=text)


def python(_: Settings) -> Iterator[Finding]:
    yield good("python", f"{platform.python_version()} in {sys.prefix}")


def names(_: Settings) -> Iterator[Finding]:
    for name in unknown_keys(os.environ):
        yield bad("settings", f"{name} means nothing; see the list of keys.")


def home(settings: Settings) -> Iterator[Finding]:
    folder = settings.home
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        yield good("home", f"{folder} can be written")
    else:
        yield bad("home", f"{folder} cannot be written: set PIECERATE_HOME to a folder of yours.")


def secret(settings: Settings) -> Iterator[Finding]:
    if settings.secret_key_file.exists() or settings.is_production:
        secret_key(settings)
        yield good("secret key", f"in {settings.secret_key_file}")
    else:
        yield good("secret key", "not made yet: the first start makes it")


def vault_keys(settings: Settings) -> Iterator[Finding]:
    """Not read on a machine that has none: the first rotation makes them."""
    path = settings.vault_keys_file
    if not path.exists():
        yield good("vault keys", "from the secret key; `piecerate vault rotate` makes a file")
        return
    yield good("vault keys", f"{len(read_keys(path).keks)} in {path}")


def plugins(settings: Settings) -> Iterator[Finding]:
    """Opened as a start opens them; what does not open is quarantined there, and red here."""
    if not settings.home.is_dir():
        yield good("plugins", f"allowed: {', '.join(settings.plugins)}; not opened yet")
        return
    opened = asyncio.run(opened_once(settings))
    for plugin in opened.plugins:
        is_good = plugin.status is not PluginStatus.QUARANTINED
        text = f"{plugin.status} {plugin.reason}".strip()
        yield Finding(subject=f"plugin {plugin.name}", is_good=is_good, text=text)
    for instance in opened.instances:
        text = f"{instance.port}: {instance.reason or 'ready'}"
        subject = f"provider {instance.instance_id}"
        yield Finding(subject=subject, is_good=not instance.reason, text=text)


async def opened_once(settings: Settings) -> Providers:
    providers = await open_providers(
        allow=settings.plugins,
        instances=configured(settings).instances,
        clock=clock,
        region=settings.region,
    )
    await providers.close()
    return providers


def programs(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None:
        yield good("PostgreSQL programs", f"in {find_installation()}")


def web_server(settings: Settings) -> Iterator[Finding]:
    if is_healthy(settings.url):
        yield good("web server", f"answers on {settings.url}")
        return
    problem = port_problem(settings.host, settings.port)
    if problem:
        yield bad("web server", problem)
    else:
        yield good("web server", f"does not run; {settings.url} is free")


def database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None:
        place = known_place(settings.home)
        if place is None:
            yield good("database", "not made yet: `make run` or `piecerate migrate` makes it")
            return
        is_running = EmbeddedPostgres(settings.home).running_address() is not None
        state = "runs" if is_running else "does not run; started for this look"
        yield good("database folder", f"{place / 'pgdata'} ({state})")
    with reachable_database(settings) as dsn:
        yield from asyncio.run(inside(dsn, is_serving=is_healthy(settings.url)))


async def inside(dsn: str, *, is_serving: bool) -> list[Finding]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        version = await connection.fetchval("select current_setting('server_version')")
        findings = [good("database", f"PostgreSQL {version} answers")]
        missing = await pending_migrations(connection)
        if missing:
            advice = "run `piecerate migrate`"
            return [*findings, bad("schema", f"{len(missing)} migrations are missing: {advice}.")]
        findings.append(good("schema", "current"))
        version = await connection.fetchval(_RULESET)
        decides = "the first configured instance pays" if version is None else f"{version} decides"
        findings.append(good("rules of routing", decides))
        held = await connection.fetchval(_HELD)
        if held:
            findings.append(bad("jobs", f"{held} jobs failed and are held for a person."))
        running = await connection.fetchval(_JOB_WORKERS)
        if running:
            findings.append(good("job worker", "runs"))
        elif is_serving:
            findings.append(bad("job worker", "none runs: start `piecerate worker`."))
        else:
            findings.append(good("job worker", "does not run, nor does the web server"))
        return findings
    finally:
        await connection.close()


async def pending_migrations(connection: asyncpg.Connection) -> set[str]:
    """By name: `domain_2026_11_22t03_00_00_000000.py` is `2026-11-22T03:00:00:000000` inside."""
    wanted = {name_of(path.stem) for path in MIGRATIONS.glob("domain_*.py")}
    try:
        applied = {row["name"] for row in await connection.fetch(_APPLIED)}
    except asyncpg.UndefinedTableError:
        applied = set()
    return wanted - applied


def name_of(stem: str) -> str:
    day, _, time = stem.removeprefix("domain_").partition("t")
    return f"{day.replace('_', '-')}T{time.replace('_', ':')}"
