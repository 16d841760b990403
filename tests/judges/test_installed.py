"""How the judges come here: pinned, from wherever the installer looks, once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.judges import installed
from tests.judges.installed import HERE


def test_the_locks_pin_contents_and_name_no_source() -> None:
    """Where packages come from is the installer's business; what they hold is ours."""
    node = json.loads((HERE / "package-lock.json").read_text())["packages"]
    python = (HERE / "schemathesis" / "requirements.lock").read_text()
    settings = (HERE / ".npmrc").read_text()

    assert len(node) > 100
    for name, package in node.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name
    assert "://" not in python and not re.search(r"(?<!no-emit-)index-url|find-links", python)
    assert python.count("==") > 10 and "--hash=sha256:" in python
    assert "registry=" not in settings and "omit-lockfile-registry-resolved=true" in settings


def test_packages_are_installed_once_per_lock(tmp_path: Path) -> None:
    """A second test worker finds them; another lock file gets a folder of its own."""
    lock, calls = tmp_path / "lock", list[Path]()
    lock.write_text("one")

    first = installed.installed("x", lock=lock, install=calls.append, cache=tmp_path)
    again = installed.installed("x", lock=lock, install=calls.append, cache=tmp_path)
    lock.write_text("two")
    other = installed.installed("x", lock=lock, install=calls.append, cache=tmp_path)

    assert first == again != other
    assert calls == [first, other]


def test_what_was_left_half_done_is_begun_anew(tmp_path: Path) -> None:
    """A killed run must not leave an environment that looks complete."""
    lock = tmp_path / "lock"
    lock.write_text("one")

    def fails(folder: Path) -> None:
        (folder / "half").touch()
        subprocess.run([sys.executable, "-c", "raise SystemExit(1)"], check=True, stderr=-1)

    with pytest.raises((pytest.skip.Exception, pytest.fail.Exception)):
        installed.installed("x", lock=lock, install=fails, cache=tmp_path)
    folder = installed.installed("x", lock=lock, install=lambda _: None, cache=tmp_path)

    assert not (folder / "half").exists()


def test_a_missing_judge_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skipped in `make test`; a failure in `make judges`."""
    monkeypatch.delenv(installed.REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match="because"):
        installed.missing("because")

    monkeypatch.setenv(installed.REQUIRED, "required")
    with pytest.raises(pytest.fail.Exception, match="because"):
        installed.missing("because")


def test_a_machine_without_node_skips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Python is enough for everything else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(installed.REQUIRED, raising=False)

    with pytest.raises(pytest.skip.Exception, match="Node and npm"):
        installed.node_packages()
