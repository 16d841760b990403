"""Prism between a provider and its simulator: a proxy per OpenAPI document, and who goes where."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests

from gateway.embedded.places import free_port
from gateway.processes import wait_until
from tests.judges.installed import HERE, NPM, installed, missing, node_packages, run

FOLDER: Final = HERE / "prism"
SPECS: Final = "PIECERATE_SPECS"
START_SECONDS_MAX: Final = 90
DROPPED: Final = frozenset(
    {"connection", "content-encoding", "content-length", "transfer-encoding", "keep-alive"}
)


@dataclass(frozen=True, slots=True)
class Passed:
    """One call through a proxy, and what Prism found wrong with it or its answer."""

    document: str
    method: str
    path: str
    violations: tuple[str, ...]


@dataclass
class Front:
    """The address that the provider calls; `passed` is all that went through a proxy."""

    url: str = ""
    passed: list[Passed] = field(default_factory=list)


def specs(vendor: str) -> Path:
    """The folder of a vendor's OpenAPI documents; they are not ours to ship."""
    given = os.environ.get(SPECS)
    folder = Path(given) if given else HERE.parents[2] / "shared" / "data" / "openapi"
    if not (folder / vendor).is_dir():
        missing(f"no OpenAPI documents of {vendor}: {SPECS} does not name their folder")
    return folder / vendor


def prism_packages() -> Path:
    node_packages()  # says why where Node is missing or too old

    def install(folder: Path) -> None:
        for file in (FOLDER / "package.json", FOLDER / "package-lock.json", HERE / ".npmrc"):
            shutil.copy(file, folder)
        run(*NPM, folder=folder)

    return installed("prism", lock=FOLDER / "package-lock.json", install=install)


@contextmanager
def behind_prism(
    packages: Path, *, upstream: str, documents: Mapping[str, Path], logs: Path
) -> Iterator[Front]:
    """`documents` by the beginning of the paths they describe; all else goes straight through."""
    with ExitStack() as stack:
        by_document = {
            document: stack.enter_context(_proxy(packages, document, upstream=upstream, logs=logs))
            for document in set(documents.values())
        }
        proxies = {prefix: by_document[document] for prefix, document in documents.items()}
        for url in proxies.values():
            port = urlsplit(url).port
            assert wait_until(lambda: _answers(url), seconds=START_SECONDS_MAX), (  # noqa: B023  # asked at once
                f"Prism on {port} does not start: {_said(logs)}"
            )
        yield stack.enter_context(_front(proxies, documents, upstream=upstream))


@contextmanager
def _proxy(packages: Path, document: Path, *, upstream: str, logs: Path) -> Iterator[str]:
    port = free_port()
    binary = packages / "node_modules" / ".bin" / "prism"
    command = [str(binary), "proxy", "-h", "127.0.0.1", "-p", str(port), str(document), upstream]
    with (logs / f"{document.stem}.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603  # our own words
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(START_SECONDS_MAX)


@contextmanager
def _front(
    proxies: Mapping[str, str], documents: Mapping[str, Path], *, upstream: str
) -> Iterator[Front]:
    front = Front()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            prefix = next((each for each in proxies if self.path.startswith(each)), None)
            target = upstream if prefix is None else proxies[prefix]
            headers = {k: v for k, v in self.headers.items() if k.lower() not in {"host"} | DROPPED}
            told = requests.request(
                self.command,
                f"{target}{self.path}",
                data=body or None,
                headers={**headers, "Accept-Encoding": "identity"},
                timeout=60,
                allow_redirects=False,
            )
            if prefix is not None:
                found = json.loads(told.headers.get("sl-violations", "[]"))
                path = urlsplit(self.path).path
                texts = tuple(json.dumps(each) for each in found)
                front.passed.append(Passed(documents[prefix].name, self.command, path, texts))
            self._write(told)

        def _write(self, told: requests.Response) -> None:
            self.send_response(told.status_code)
            for name, value in told.headers.items():
                if name.lower() not in DROPPED:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.content)))
            self.end_headers()
            self.wfile.write(told.content)

        do_GET = do_POST = handle_any  # noqa: N815  # by the standard library

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    front.url = f"http://127.0.0.1:{listener.server_address[1]}"
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield front
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def _answers(url: str) -> bool:
    try:
        requests.get(url, timeout=5)
    except requests.RequestException:
        return False
    return True


def _said(logs: Path) -> str:
    files: Sequence[Path] = sorted(logs.glob("*.log"))
    return " ".join(each.read_text()[-300:] for each in files)
