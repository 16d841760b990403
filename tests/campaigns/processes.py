"""Starts, kills and restarts what `tests.campaigns.house` runs, and writes what that reads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Final

from gateway.processes import process_exists
from plugins.payments.payoneer.simulator import CLIENT, HOOK_SECRET, PROGRAM
from plugins.payments.paypal.simulator import config_of
from plugins.payments.stripe.simulator import WEBHOOK_SECRET
from plugins.payments.stripe.simulator.global_payouts import FINANCIAL_ACCOUNT
from tests.gateway.replay.processes import environment
from tests.tidy.source import ROOT

PAYPAL_BATCH_MAX: Final = 40
LOG_FILE: Final = "processes.log"
WORKER_COUNT: Final = 2
SECRETS: Final[Mapping[str, Mapping[str, str]]] = {
    "paypal": {"client_id": "campaign-client", "client_secret": "campaign-secret"},
    "stripe": {"api_key": "sk_test_campaign", "webhook_secret": WEBHOOK_SECRET},
    "payoneer": {
        "client_id": CLIENT[0],
        "client_secret": CLIENT[1],
        "ipcn_secret": HOOK_SECRET,
    },
}


def hook_address(instance_id: str, port: int) -> str:
    return f"http://127.0.0.1:{port}/hooks/{instance_id}/{{route}}"


def configs_of(urls: Mapping[str, str], *, port: int) -> Mapping[str, Mapping[str, object]]:
    return {
        "paypal": {**config_of(urls["paypal"]), "batch_max": PAYPAL_BATCH_MAX},
        "stripe": {"endpoint": urls["stripe"], "financial_account": FINANCIAL_ACCOUNT},
        "payoneer": {
            "endpoint": urls["payoneer"],
            "program_id": PROGRAM,
            "hook_address": hook_address("payoneer", port),
        },
    }


def write_instances(home: Path, configs: Mapping[str, Mapping[str, object]]) -> None:
    lines: list[str] = []
    for name, config in configs.items():
        lines += [f"[payout.{name}]", f'plugin = "{name}"', f"[payout.{name}.config]"]
        lines += [f"{key} = {_toml(value)}" for key, value in config.items()]
        lines.append(f"[payout.{name}.secrets]")
        for secret, value in SECRETS[name].items():
            path = home / f"{name}-{secret}"
            path.write_text(value)
            path.chmod(0o600)
            lines.append(f'{secret} = "file:{path}"')
    (home / "providers.toml").write_text("\n".join(lines))


def _toml(value: object) -> str:
    """JSON and TOML agree on texts, numbers and lists of them."""
    return json.dumps(value)


class Processes:
    """Job workers and the web. Killing is for any thread; starting is for the campaign's own."""

    def __init__(
        self, nursery: subprocess.Popen[str], *, log: Path, chance: Random, is_keyless: bool
    ) -> None:
        self.kills = 0
        self._nursery = nursery
        self._log = log
        self._chance = chance
        self._work = "work keyless" if is_keyless else "work"
        self._workers: list[int] = []
        self._web = 0
        self._lock = threading.Lock()

    def kill_one(self) -> None:
        with self._lock:
            alive = [pid for pid in self._workers if process_exists(pid)]
            if alive:
                self.kills += 1
                _kill(self._chance.choice(alive))

    def kill_web(self) -> None:
        self.kills += 1
        _kill(self._web)

    def revive(self) -> bool:
        """Whether a worker had died. Until it is collected here, nobody else gets its number."""
        with self._lock:
            dead = [pid for pid in self._workers if not process_exists(pid)]
            for pid in dead:
                self._ask(f"wait {pid}")
            alive = [pid for pid in self._workers if pid not in dead]
            missing = WORKER_COUNT - len(alive)
            self._workers = alive + [self._ask(self._work) for _ in range(missing)]
            if self._web and not process_exists(self._web):
                self._ask(f"wait {self._web}")
                self._web = 0
            self._web = self._web or self._ask("serve")
        return missing > 0

    def run(self, words: str) -> None:
        pid = self._ask(words)
        assert self._ask(f"wait {pid}") == 0, f"{words}: {self.said()}"

    def said(self) -> str:
        """The end of what all of them have logged."""
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""

    def _ask(self, words: str) -> int:
        stdin, stdout = self._nursery.stdin, self._nursery.stdout
        assert stdin is not None and stdout is not None
        stdin.write(f"{words}\n")
        stdin.flush()
        return int(stdout.readline())

    def stop(self) -> None:
        for pid in (*self._workers, self._web):
            _kill(pid)


def _kill(pid: int) -> None:
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def started(
    home: Path, *, dsn: str, port: int, chance: Random, is_keyless: bool
) -> Iterator[Processes]:
    """Nothing of it stays behind: the processes die with the one that forked them."""
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tests.campaigns.house"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(
            DATABASE_URL=dsn,
            PIECERATE_HOME=str(home),
            PIECERATE_PORT=str(port),
            PIECERATE_PLUGINS="paypal,stripe,payoneer",
            PIECERATE_PROVIDERS=str(home / "providers.toml"),
        ),
    )
    try:
        assert nursery.stdout is not None and nursery.stdin is not None
        assert nursery.stdout.readline() == "ready\n"
        processes = Processes(nursery, log=home / LOG_FILE, chance=chance, is_keyless=is_keyless)
        yield processes
        processes.stop()
    finally:
        nursery.kill()
        nursery.communicate()
