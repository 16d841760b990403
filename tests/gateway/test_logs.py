"""What must never stand in a log does not, whoever writes it."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

import asyncpg
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.logs import PLAIN, json_text, redact
from tests.make.logs import production_logs

CANARY = "canary-7f3a"


@dataclass
class Said:
    """Something of a library that shows all it holds."""

    text: str


@pytest.mark.parametrize(
    "value",
    [
        {"authorization": CANARY},
        {"nested": [{"refresh_token": CANARY}]},
        {"worker_tin": CANARY, "TIN": CANARY},
        f"Bearer {CANARY}",
        f"postgresql://ann:{CANARY}@db.example/x",
        ValueError(f"sk_live_{CANARY.replace('-', '_')}"),
        CANARY.encode(),
        {"iban": CANARY},
        {f"prs_{CANARY}"},
        [frozenset({f"prs_{CANARY}"})],
        Said(f"Bearer {CANARY}"),
        {f"prs_{CANARY}": 1},
    ],
)
def test_secrets_go_by_name_by_pattern_and_by_type(value: object) -> None:
    """One canary in every kind of place."""
    assert CANARY.split("-")[1] not in str(redact(value))


@pytest.mark.parametrize(
    "value",
    [{"rating": 5, "listing": "x", "state": "paid"}, ["a", 1, None], "assignment.approved"],
)
def test_what_only_looks_alike_stays(value: object) -> None:
    """`rating` and `listing` contain "tin"; a log of blanks helps nobody. Numbers stay numbers."""
    assert redact(value) == value


@given(
    st.from_regex(
        r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}|sk_live_\w+|prs_\w+|Bearer \S+|\d{3}-\d{2}-\d{4}",
        fullmatch=True,
    ),
    st.text(alphabet="ab./ZQ07", max_size=8),
)
def test_no_secret_passes_for_plain_text(secret: str, before: str) -> None:
    """What looks harmless is not looked at again: nothing that holds a secret may look so."""
    assert PLAIN.fullmatch(f"{before} {secret}") is None
    assert PLAIN.fullmatch(f"{before}/{secret}") is None


def test_a_cycle_ends() -> None:
    """A structure that contains itself must not take the process down."""
    endless: list[object] = []
    endless.append(endless)

    assert "[too deep]" in str(redact(endless))


@pytest.mark.parametrize("as_json", [True, False])
def test_rows_that_the_database_quotes_stay_out(
    as_json: bool,  # noqa: FBT001  # a parameter of the test
    capfd: pytest.CaptureFixture[str],
) -> None:
    """PostgreSQL tells the whole failing row, names and addresses too."""
    fields = {"M": "new row breaks a rule", "D": f"Failing row contains (7, a\n\n{CANARY}, b)."}
    error = asyncpg.CheckViolationError.new({**fields, "C": "23514", "H": "Do not."})

    with production_logs(as_json=as_json):
        structlog.get_logger("a").error("graphql.unexpected", exc_info=error)
        structlog.get_logger("a").warning("job.retried", failure=error)

    text = capfd.readouterr().err
    assert "new row breaks a rule" in text
    assert CANARY not in text


def test_production_logs_are_json_without_secrets_and_locals(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Also what libraries write to the standard logger, also tracebacks."""
    with production_logs():
        structlog.get_logger("a").warning("payout.sent", api_key=CANARY, payout_id="17")
        logging.getLogger("vendor").error("failed with Bearer %s", CANARY)
        fail_with_a_secret()

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["warning", "error", "error"]
    assert lines[0]["payout_id"] == "17" and lines[0]["process"] == "web"
    assert CANARY not in json.dumps(lines)
    assert lines[2]["exception"][0]["exc_type"] == "ValueError"


def fail_with_a_secret() -> None:
    password = CANARY
    try:
        int(f"Basic {password}")  # its message repeats what it was given
    except ValueError:
        structlog.get_logger("a").exception("job.failed")


def test_half_a_character_is_logged_all_the_same() -> None:
    """A name of a file may hold one; a line in the log must never raise where it is written."""
    assert json.loads(json_text({"event": "read", "file": "\udcff"})) == {
        "event": "read",
        "file": "\udcff",
    }


def test_development_logs_are_for_people(capfd: pytest.CaptureFixture[str]) -> None:
    """And no less careful."""
    with production_logs(as_json=False, process="jobs"):
        structlog.get_logger("a").info("job.held", job="payout_send", token=CANARY)

    said = capfd.readouterr().err
    assert "job.held" in said and "payout_send" in said and CANARY not in said


def test_what_logged_as_in_production_is_still_heard_by_later_tests() -> None:
    """A logger that kept its settings would be deaf to whoever listens after this test."""
    log = structlog.get_logger("of a module")
    with production_logs():
        log.info("first")

    with capture_logs() as logs:
        log.info("second")

    assert [each["event"] for each in logs] == ["second"]
