"""The README's tour, word for word, against a demo marketplace that was started for it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.embedded.places import free_port
from gateway.processes import wait_until
from tests.gateway.test_launch import Launcher, home, serve
from tests.tidy.source import ROOT

__all__ = ["home"]  # the fixture

TOUR = re.compile(r"<!-- tour -->\n```sh\n(.*?)```", re.DOTALL)
NEEDED = ("bash", "curl", "python3")


@pytest.mark.timeout(180)
@pytest.mark.skipif(
    not all(shutil.which(name) for name in NEEDED), reason="the tour needs bash, curl and python3"
)
def test_the_tour_works_word_for_word(home: Path) -> None:
    """A newcomer who pastes it sees work approved once, a payout paid and books that balance."""
    port = free_port()
    launcher = Launcher(home, port, serve(home, port=port, command="demo"))
    try:
        assert wait_until(launcher.is_ready, seconds=90), launcher.said
        answers = said_by(script(port), cwd=home)
    finally:
        launcher.stop()

    assert [answer for answer in answers if "errors" in answer] == []
    payloads = [payload for answer in answers for payload in answer["data"].values()]
    assert [payload["errors"] for payload in payloads if payload.get("errors")] == []
    approvals = [answer["data"].get("assignmentApprove") for answer in answers]
    assert [each["replayed"] for each in approvals if each] == [False, True]
    viewer = next(answer["data"]["viewer"] for answer in answers if "viewer" in answer["data"])
    assert viewer["payouts"]["nodes"][0]["state"] == "PAID"
    assert [document["kind"] for document in viewer["documents"]["nodes"]] == ["PAYOUT_STATEMENT"]
    assert answers[-1]["data"]["finance"]["trialBalance"]["isBalanced"] is True


def script(port: int) -> str:
    blocks = TOUR.findall((ROOT / "README.md").read_text())
    assert blocks
    return "set -e\n" + "\n".join(blocks).replace("127.0.0.1:8000", f"127.0.0.1:{port}")


def said_by(text: str, *, cwd: Path) -> list[dict[str, Any]]:
    """What the tour printed: one answer per line."""
    finished = subprocess.run(  # noqa: S603  # our own README
        ["bash", "-c", text],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
    )
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines() if line.strip()]
