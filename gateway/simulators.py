"""`piecerate simulators`: every shipped provider's service, pretended on this machine.

Writes a file of instances and the secrets that the simulators accept; all of it is play money.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar import get

from domain.verification.provider import VerifierManifest
from gateway.plugin_suites import shipped, suites
from plugins.conformance.suite import Conformance
from plugins.conformance.verifier_suite import VerifierSuite
from plugins.simulation import Effect, Simulator, serve

FIRST_PORT: Final = 9100  # the page; the simulators follow
BLOCKED: Final = "needs what only its tests give it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One simulator, and the instances that talk to it."""

    name: str
    url: str
    instances: tuple[str, ...]


@contextmanager
def simulators(
    names: Sequence[str] = (), *, folder: Path, first_port: int = FIRST_PORT
) -> Iterator[list[Served]]:
    """While this is open they answer; the file of instances is `folder/providers.toml`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secrets").mkdir(exist_ok=True)
    served: list[Served] = []
    sections: dict[str, str] = {}
    with ExitStack() as stack:
        started: dict[type[Simulator], str] = {}
        for suite in suites(names or shipped()):
            if _manifest(suite).is_sandbox:
                continue  # it is its own service: `_sandbox` puts it behind the others
            if issubclass(suite, VerifierSuite) and not hasattr(suite, "simulator"):
                sections[_table(suite)] = _section(suite, _table(suite), "", folder)
                continue  # it asks nobody
            kind = suite.simulator
            try:
                simulator = suite().make_simulator()
            except AttributeError:
                continue  # it lives in files that its tests make
            if kind not in started:
                port = first_port + 1 + len(started) if first_port else 0
                simulator.clock.follow_wall()
                started[kind] = stack.enter_context(serve(simulator, port=port))
                served.append(Served(name=simulator.name, url=started[kind], instances=()))
            table = _table(suite)
            sections.setdefault(table, _section(suite, table, started[kind], folder))
        written = [*sections.values(), _sandbox(folder)]
        (folder / "providers.toml").write_text("\n".join(written))
        page = _Page(served, folder)
        stack.enter_context(serve(page, port=first_port))
        yield served


def _manifest(suite: type[Conformance]) -> Any:
    return suite.provider.manifest  # type: ignore[attr-defined]  # each suite has one


def _table(suite: type[Conformance]) -> str:
    manifest = _manifest(suite)
    if isinstance(manifest, VerifierManifest):
        return f"verifier.{manifest.id}-simulated"
    port = "payout" if hasattr(manifest, "destination_kinds") else "deposit"
    return f"{port}.{manifest.id}-{port}s-simulated"


def _section(suite: type[Conformance], table: str, url: str, folder: Path) -> str:
    name = _manifest(suite).id
    lines = [f"[{table}]", f'plugin = "{name}"', "", f"[{table}.config]"]
    config: Mapping[str, object] = suite().config(url) if url else {}
    lines += [f"{key} = {_toml(value)}" for key, value in config.items()]
    lines += ["", f"[{table}.secrets]"]
    for secret, value in suite.secrets.items():
        path = folder / "secrets" / f"{name}-{secret}"
        path.write_text("\n".join([value] if isinstance(value, str) else value))
        path.chmod(0o600)
        lines.append(f'{secret} = "file:{path.absolute()}"')
    return "\n".join([*lines, ""])


def _sandbox(folder: Path) -> str:
    """Last, so that it serves what nobody else does: a demo needs somebody who takes deposits."""
    path = json.dumps(str(folder.absolute() / "sandbox.sqlite"))
    tables = [f"{port}.sandbox-{port}s-simulated" for port in ("payout", "deposit")]
    return "\n".join(
        f'[{each}]\nplugin = "sandbox"\n\n[{each}.config]\npath = {path}\n' for each in tables
    )


def _toml(value: object) -> str:
    """JSON and TOML agree on texts, numbers, truth values and lists of them."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{json.dumps(str(k))} = {_toml(v)}" for k, v in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return json.dumps(value)


class _Page(Simulator):
    """Says which simulators there are, for people and for scripts."""

    name = "page"

    def __init__(self, served: Sequence[Served], folder: Path) -> None:
        super().__init__()
        self._served = served
        self._folder = folder

    def handlers(self) -> Sequence[Any]:
        @get("/", sync_to_thread=False)
        def index() -> dict[str, Any]:
            return {
                "simulators": {each.name: each.url for each in self._served},
                "providers_toml": str(self._folder / "providers.toml"),
                "admin": "GET /_sim/effects, POST /_sim/script, /_sim/clock, /_sim/webhooks",
            }

        return [index]

    def effects(self) -> list[Effect]:
        return []


def tell(served: Sequence[Served], *, folder: Path, say: Callable[[str], None]) -> None:
    for each in served:
        say(f"  {each.name:<12} {each.url}")
    say(f"\n  Instances    {folder / 'providers.toml'}")
    say("\n  Start Piecerate with them:")
    plugins = ",".join(sorted({"sandbox", *(each.name for each in served), *_verifiers(folder)}))
    say(f"  PIECERATE_PROVIDERS={folder / 'providers.toml'} \\")
    say(f"  PIECERATE_PLUGINS={plugins} piecerate demo")
    say('\n  curl -d \'{"fault": "drop_after"}\' <address>/_sim/script breaks the next payment.')
    say("  Ctrl-C stops them.")


def _verifiers(folder: Path) -> list[str]:
    """The plugins of those who answer checks: some ask nobody, some share a simulator."""
    written = tomllib.loads((folder / "providers.toml").read_text())
    return [str(each["plugin"]) for each in written.get("verifier", {}).values()]
