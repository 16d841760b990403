"""Processes of a marketplace that may be killed at any moment: job workers, the web, a feeder.

Run as a module it has everything imported and forks who is asked for, so that a process that
was killed is back at once. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import stripe  # noqa: F401  # before the fork: it costs over a second
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from domain.database import STATEMENT_SECONDS_MAX, close_pool, open_pool
from gateway.app import create_app, services_of
from gateway.finance.checks import Checks
from gateway.finance.pdf import TypstRenderer
from gateway.given import new_id
from gateway.instances import configured
from gateway.job_kinds import Given
from gateway.job_worker import enqueue_once, run_jobs
from gateway.jobs import JOBS
from gateway.kept_files import file_store_of
from gateway.live.feed import EventFeed
from gateway.logs import configure_logs
from gateway.mail import mailer_of
from gateway.on_pool import AUDIT_SECONDS
from gateway.parts import Parts
from gateway.processes import die_with_parent
from gateway.providers import open_providers
from gateway.settings import Settings, read_settings, secret_key
from gateway.vault import AesVault
from gateway.verify import verify
from gateway.webhooks.payload import SchemaWriter
from gateway.webhooks.sender import HttpSender
from plugins.payments.payoneer import payouts as _payoneer  # noqa: F401  # as above
from plugins.payments.paypal import transport as _paypal  # noqa: F401  # as above
from tests.campaigns.clock import SharedClock
from tests.campaigns.feeding import EARNED, feed
from tests.campaigns.keyless import keyless
from tests.campaigns.processes import LOG_FILE

CLOCK_FILE: Final = "clock"
AUDIT_FILE: Final = "audit"
# Documents and news for employers are another campaign's business.
KINDS: Final = tuple(
    each for each in JOBS if each.name.startswith(("payout_", "provider_", "ledger_"))
)


async def work(settings: Settings, clock: SharedClock, *arguments: str) -> None:
    """A job worker as `piecerate worker` runs it, but for its clock."""
    async with _opened(settings, clock) as parts:
        providers = parts.providers
        if "keyless" in arguments:
            providers = replace(providers, payouts=keyless(providers.payouts))
        services = replace(services_of(settings, parts, EventFeed()), clock=clock)
        given = Given(
            clock=clock,
            new_id=new_id,
            providers=providers,
            vault=parts.vault,
            renderer=TypstRenderer(member_ref=str),
            checks=Checks(),
            mailer=mailer_of(settings.web.mail, home=settings.home, url=settings.web.public_url),
            files=file_store_of(settings),
            webhook_writer=SchemaWriter(services),
            webhook_sender=HttpSender(private_hosts=settings.webhook_private_hosts),
        )
        assert settings.database_url is not None
        await run_jobs(dsn=settings.database_url, jobs=KINDS, given=given)


async def serve(settings: Settings, clock: SharedClock, *_: str) -> None:
    """The web process, whose routes providers call."""
    async with _pool(settings), _opened(settings, clock) as parts:
        services = replace(services_of(settings, parts, EventFeed()), clock=clock)
        server = Server(
            create_app(settings, services=services),
            address="127.0.0.1",
            port=settings.port,
            interface=Interfaces.ASGI,
            log_enabled=False,
        )
        await server.serve()


async def request(settings: Settings, clock: SharedClock, first: str, last: str) -> None:
    async with _pool(settings):
        await feed(
            settings.home,
            first=int(first),
            last=int(last),
            vault=AesVault(secret_key(settings)),
            now=clock(),
        )


async def sweep(settings: Settings, _: SharedClock, *names: str) -> None:
    """What a schedule asks for, now."""
    async with _pool(settings):
        for name in names:
            await enqueue_once(name)


async def audit(settings: Settings, _: SharedClock, *__: str) -> None:
    """What `piecerate verify` finds, without the earnings that nobody worked for."""
    async with _pool(settings, statement_seconds=AUDIT_SECONDS):
        found = [str(each) for each in await verify()]
    found = [each for each in found if f" {EARNED} " not in each]
    (settings.home / AUDIT_FILE).write_text("\n".join(found))


Role = Callable[..., Coroutine[Any, Any, None]]
ROLES: Final[Mapping[str, Role]] = {
    "work": work,
    "serve": serve,
    "request": request,
    "sweep": sweep,
    "audit": audit,
}


def main() -> None:
    """One line in, one out: `work` answers a process id, `wait <pid>` its exit status."""
    die_with_parent(os.getppid())
    settings = read_settings()
    secret_key(settings)  # made before two of them would make it
    print("ready", flush=True)  # noqa: T201  # the protocol
    for line in sys.stdin:
        name, *arguments = line.split()
        if name == "wait":
            _, status = os.waitpid(int(arguments[0]), 0)
            print(status, flush=True)  # noqa: T201  # as above
            continue
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            _run(ROLES[name], settings, arguments, parent=parent)
        print(pid, flush=True)  # noqa: T201  # as above


def _run(role: Role, settings: Settings, arguments: list[str], *, parent: int) -> None:
    """In the new process, which never comes back from here."""
    status = 1
    try:
        die_with_parent(parent)
        log = os.open(settings.home / LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for standard in (1, 2):
            os.dup2(log, standard)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        configure_logs(as_json=True, process=role.__name__)
        clock = SharedClock(settings.home / CLOCK_FILE)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(role(settings, clock, *arguments))
        status = 0
    except BaseException as error:  # noqa: BLE001  # it must not go on as the one it was forked from
        print(f"{role.__name__}: {error!r}", file=sys.stderr, flush=True)  # noqa: T201  # its log
    finally:
        os._exit(status)


@asynccontextmanager
async def _pool(
    settings: Settings, *, statement_seconds: int = STATEMENT_SECONDS_MAX
) -> AsyncIterator[None]:
    assert settings.database_url is not None
    await open_pool(
        settings.database_url, application_name="campaign", statement_seconds=statement_seconds
    )
    try:
        yield
    finally:
        await close_pool()


@asynccontextmanager
async def _opened(settings: Settings, clock: SharedClock) -> AsyncIterator[Parts]:
    found = configured(settings)
    providers = await open_providers(
        allow=settings.plugins, instances=found.instances, clock=clock, region=settings.region
    )
    refused = [each for each in providers.instances if each.reason]
    assert not refused, refused
    try:
        yield Parts(providers=providers, vault=AesVault(secret_key(settings)))
    finally:
        await providers.close()


if __name__ == "__main__":
    main()
