"""examples/web-client: built as its page says, and driven in a real browser against the demo."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from gateway.demo import LOGINS
from gateway.embedded.places import free_port
from gateway.processes import wait_until
from tests.examples.cable import Cable, cable
from tests.examples.site import site
from tests.gateway.test_launch import START_SECONDS_MAX, Launcher, home, serve
from tests.judges.installed import NPM, installed, missing, run
from tests.tidy.source import ROOT

__all__ = ["home"]  # the fixture

CLIENT: Final = ROOT / "examples" / "web-client"
MADE: Final = ("node_modules", "dist", "gql")
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
LOCK: Final = CLIENT / "package-lock.json"
NODE_MIN: Final = (20, 19)
PICTURES: Final = (
    "PIECERATE_TEST_PICTURES"  # a folder for screenshots, for whoever changes the page
)

SUBMITTED: Final = "{ viewer { assignments(where: {state: {eq: SUBMITTED}}) { nodes { id } } } }"
REWARDS: Final = "{ viewer { referrals { nodes { rewards { amount } } } } }"
SIGN_IN: Final = """mutation ($email: EmailAddress!, $password: String!) {
    sessionCreate(input: {email: $email, password: $password}) { token errors { code } }
}"""
APPROVE: Final = """mutation ($id: ID!) {
    assignmentApprove(input: {assignmentId: $id, idempotencyKey: $id}) { errors { code } }
}"""


@dataclass
class Api:
    """The platform as other people reach it: not through the browser's line."""

    url: str

    def ask(self, query: str, token: str | None = None, **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        answer = httpx.post(self.url, json=body, headers=headers, timeout=20).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def token_of(self, role: str) -> str:
        login = next(each for each in LOGINS if each.role == role)
        made = self.ask(SIGN_IN, email=login.email, password=login.password)["sessionCreate"]
        token: str = made["token"]
        return token

    def has_rewarded_the_worker(self, token: str) -> bool:
        """The demo's referrals pay once, a moment after the start: later nothing comes unasked."""
        viewer = self.ask(REWARDS, token)["viewer"]
        return any(each["rewards"] for each in viewer["referrals"]["nodes"])

    def approve(self) -> None:
        """Whatever the demo worker has handed in."""
        viewer = self.ask(SUBMITTED, self.token_of("worker"))["viewer"]
        employer = self.token_of("employer")
        assert viewer["assignments"]["nodes"]
        for each in viewer["assignments"]["nodes"]:
            said = self.ask(APPROVE, employer, id=each["id"])
            assert said["assignmentApprove"]["errors"] == []


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder with `node_modules`, as in the judges' cache."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("Node and npm are not installed")
    version = run("node", "--version").stdout.strip().lstrip("v")
    if tuple(int(part) for part in version.split(".")[:2]) < NODE_MIN:
        missing(f"Node {version} is too old for the example's build")

    def install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(CLIENT / name, folder)
        run(*NPM, folder=folder)

    return installed("web-client", lock=LOCK, install=install)


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing("Chromium is not installed")
    return found


@pytest.fixture
def client(packages: Path, tmp_path: Path) -> Path:
    """A copy: what the build writes does not land in the tree."""
    shutil.copy(ROOT / "schema.graphql", tmp_path)
    folder = tmp_path / "examples" / "web-client"
    shutil.copytree(CLIENT, folder, ignore=shutil.ignore_patterns(*MADE))
    (folder / "node_modules").symlink_to(packages / "node_modules")
    return folder


@pytest.fixture
def sites() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.timeout(300)  # the packages too, the first time
def test_a_worker_earns_money_in_a_browser(
    client: Path, browser: str, home: Path, tmp_path: Path, sites: ExitStack
) -> None:
    """Sign in by cookie or token, claim, hand in once though the answer is lost, and be paid live
    across a cut line and a restart; everything is asked for by the ids of trusted documents.
    """
    port, page_port = free_port(), free_port()
    origins = [f"http://{name}:{page_port}" for name in ("127.0.0.1", "localhost")]
    launcher = Launcher(
        home,
        port,
        serve(home, port=port, command="demo", PIECERATE_ALLOWED_ORIGINS=",".join(origins)),
    )
    sites.callback(launcher.stop)
    line = sites.enter_context(cable(server_port=port))
    api = f"http://127.0.0.1:{line.port}/graphql"
    built(client, api)
    sites.enter_context(site(client / "dist", port=page_port))
    assert wait_until(launcher.is_ready, seconds=START_SECONDS_MAX), launcher.said
    upload_documents(client, home)
    platform = Api(f"http://127.0.0.1:{port}/graphql")
    token = platform.token_of("worker")
    assert wait_until(lambda: platform.has_rewarded_the_worker(token), seconds=30), launcher.said
    worker = next(each for each in LOGINS if each.role == "worker")

    journey = drive(
        client,
        page=origins[0],
        otherSite=origins[1],
        api=api,
        executable=browser,
        profile=str(tmp_path / "profile"),
        email=worker.email,
        password=worker.password,
        pictures=os.environ.get(PICTURES),
    )
    sites.callback(end, journey)
    answer_wishes(journey, launcher, line, platform)

    assert journey.wait(20) == 0, (client / "said").read_text()


def built(client: Path, api: str) -> None:
    """Codegen, compiler and bundler, as the page says."""
    try:
        run("npm", "run", "build", folder=client, environ={"VITE_API_URL": api})
    except subprocess.CalledProcessError as failure:
        pytest.fail(f"{failure.stdout}\n{failure.stderr}")


def upload_documents(client: Path, home: Path) -> None:
    package = json.loads((client / "package.json").read_text())
    holder = f"{package['name']}@{package['version']}"
    manifest = client / "src" / "gql" / "persisted-documents.json"
    command = ("documents", "upload", str(manifest), "--client", holder)
    said = run(sys.executable, "-m", "piecerate", *command, environ={"PIECERATE_HOME": str(home)})
    assert f"{holder} holds" in said.stdout


def drive(client: Path, **facts: str | None) -> subprocess.Popen[str]:
    with (client / "said").open("w") as said:
        return subprocess.Popen(
            ["node", "e2e/journey.mjs"],  # noqa: S607
            cwd=client,
            env={**os.environ, "JOURNEY": json.dumps(facts)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            start_new_session=True,
        )


def answer_wishes(
    journey: subprocess.Popen[str], launcher: Launcher, line: Cable, platform: Api
) -> None:
    """Until the browser wishes for nothing any more."""
    assert journey.stdin is not None
    assert journey.stdout is not None
    does: dict[str, Callable[[], object]] = {
        "cut": line.cut,
        "join": line.join,
        "approve": platform.approve,
        "restart": lambda: restart_web(launcher),
    }
    for wish in journey.stdout:
        does[wish.strip()]()
        journey.stdin.write("done\n")
        journey.stdin.flush()


def restart_web(launcher: Launcher) -> None:
    """The launcher starts it again."""
    before = launcher.below("-m gateway.web")
    os.kill(before[0], signal.SIGKILL)
    assert wait_until(
        lambda: not set(before) & set(launcher.below("-m gateway.web")) and launcher.is_ready(),
        seconds=30,
    ), launcher.said


def end(journey: subprocess.Popen[str]) -> None:
    """Node, and the browser that it started."""
    if journey.poll() is None:
        os.killpg(journey.pid, signal.SIGKILL)
    journey.wait(20)
    for pipe in (journey.stdin, journey.stdout):
        if pipe is not None:
            pipe.close()


def test_the_example_names_no_place_where_packages_come_from() -> None:
    """The lock file holds hashes; from where is the installer's business."""
    lock = json.loads(LOCK.read_text())
    assert not [name for name, each in lock["packages"].items() if "resolved" in each]
    assert not re.search(r"https?://", LOCK.read_text())
    for name in ("package.json", ".npmrc"):
        assert "registry=" not in (CLIENT / name).read_text()
        assert "://" not in (CLIENT / name).read_text()


def test_every_version_is_pinned() -> None:
    """What worked yesterday works today."""
    package = json.loads((CLIENT / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"], **package["overrides"]}
    assert [each for each in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", each)] == []
