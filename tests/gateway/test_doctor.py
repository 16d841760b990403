"""`piecerate doctor`: green when all is well, red with a reason when it is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from domain.database import execute, transaction
from gateway.doctor import Finding, examine, home, name_of, report
from gateway.embedded.places import free_port
from gateway.settings import settings_from


def environ(folder: Path, **more: str) -> dict[str, str]:
    return {"PIECERATE_HOME": str(folder), "PIECERATE_PORT": str(free_port()), **more}


def test_a_migrated_database_is_all_green(database: str, tmp_path: Path) -> None:
    """What the first tour of the README promises."""
    findings = examine(settings_from(environ(tmp_path, DATABASE_URL=database)))

    assert [finding for finding in findings if not finding.is_good] == []
    assert "current" in by_subject(findings)["schema"].text


def test_before_the_first_start_nothing_is_made(tmp_path: Path) -> None:
    """Looking must not create a database, a key or a folder."""
    findings = examine(settings_from(environ(tmp_path / "home")))

    assert "not made yet" in by_subject(findings)["database"].text
    assert not (tmp_path / "home").exists()


def test_a_database_out_of_reach_is_red_and_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    """One broken thing must not hide the others."""
    url = "postgresql://ann:hunter2@127.0.0.1:1/x"

    findings = by_subject(examine(settings_from(environ(tmp_path, DATABASE_URL=url))))

    assert not findings["database"].is_good and findings["home"].is_good
    assert "hunter2" not in findings["database"].text


@pytest.mark.asyncio
async def test_jobs_that_are_held_are_red(database: str, tmp_path: Path) -> None:
    """A held job waits for a person, so a person must hear of it."""
    hold = "insert into jobs.pgqueuer (priority, status, entrypoint) values (0, 'failed', 'x')"
    async with transaction():
        await execute(hold)
    settings = settings_from(environ(tmp_path, DATABASE_URL=database))

    findings = by_subject(await asyncio.to_thread(examine, settings))

    assert not findings["jobs"].is_good and findings["jobs"].text.startswith("1 jobs")
    async with transaction():
        await execute("delete from jobs.pgqueuer where status = 'failed'")


def test_a_home_that_cannot_be_written_is_red(tmp_path: Path) -> None:
    """A file in the way stops root too."""
    (tmp_path / "file").write_text("")

    (finding,) = home(settings_from({"PIECERATE_HOME": str(tmp_path / "file" / "home")}))

    assert not finding.is_good and "set PIECERATE_HOME" in finding.text


def test_secrets_are_masked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People paste this output into issues."""
    url = "postgresql://ann:hunter2@db.example/x"

    report(settings_from(environ(tmp_path, DATABASE_URL=url)), [], is_quiet=False)

    said = capsys.readouterr().out
    assert "postgresql://ann:[secret]@db.example/x" in said and "hunter2" not in said


def test_a_migration_is_known_by_the_name_piccolo_gives_it() -> None:
    """Otherwise every database looks out of date, or none does."""
    assert name_of("domain_2026_11_22t03_00_00_000000") == "2026-11-22T03:00:00:000000"


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}
