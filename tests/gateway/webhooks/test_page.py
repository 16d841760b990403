"""`docs/frontend/webhooks.md`: its code verifies what we sign, its tables are those of the code."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.webhooks.provider import DeliveryProblem, Message
from domain.webhooks.rules import RETRY_DELAYS, new_secret
from gateway.webhooks.sender import signed
from schema import schema
from schema.webhooks.documents import require_document
from tests.docs_support.markdown import blocks, page, quoted, table

PAGE = "frontend/webhooks.md"
BODY = '{"type":"payout.paid","note":"für dich"}'
SECRETS = [new_secret("one"), new_secret("two")]
UNITS = {"second": 1, "minute": 60, "hour": 3600}


def code(marker: str, language: str) -> str:
    after = page(PAGE).split(f"<!-- {marker} -->\n", 1)[1]
    return blocks(after, language)[0]


def cases() -> list[tuple[str, dict[str, str], str, bool]]:
    """Secret, headers, body, and whether it is genuine."""
    now = datetime.now(UTC)
    message = Message(id="evt1_abc", body=BODY.encode())
    both = signed(message, secrets=SECRETS, now=now)
    old = signed(message, secrets=SECRETS, now=now - timedelta(seconds=330))
    early = signed(message, secrets=SECRETS, now=now + timedelta(seconds=330))
    return [
        (SECRETS[0], both, BODY, True),
        (SECRETS[1], both, BODY, True),
        (new_secret("three"), both, BODY, False),
        (SECRETS[0], both, BODY + " ", False),
        (SECRETS[0], {**both, "webhook-id": "evt1_abd"}, BODY, False),
        (SECRETS[0], {**both, "webhook-signature": "v1,rubbish"}, BODY, False),
        (SECRETS[0], old, BODY, False),
        (SECRETS[0], early, BODY, False),
    ]


def test_the_python_code_verifies() -> None:
    """People copy it word for word."""
    names: dict[str, Any] = {}
    exec(code("verify python", "python"), names)  # noqa: S102  # our own page
    is_genuine: Callable[[str, dict[str, str], bytes], bool] = names["is_genuine"]

    for secret, headers, body, expected in cases():
        assert is_genuine(secret, headers, body.encode()) is expected


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_node_code_verifies() -> None:
    """The same cases, by the other half of the receivers."""
    program = code("verify node", "js") + (
        "const given = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(given.map(([s, h, b]) => isGenuine(s, h, Buffer.from(b)))));"
    )
    given = [[secret, headers, body] for secret, headers, body, _ in cases()]

    done = subprocess.run(  # noqa: S603  # our own page
        [shutil.which("node") or "node", "-e", program],
        input=json.dumps(given).encode(),
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        check=True,
        timeout=30,
    )

    assert json.loads(done.stdout) == [expected for *_, expected in cases()]


def test_the_delays_are_those_of_the_rules() -> None:
    """A receiver's owner plans a maintenance by this table."""
    rows = table(PAGE, "delays")

    assert [row[0] for row in rows] == [str(number) for number in range(2, 12)]
    assert [span(row[1]) for row in rows] == list(RETRY_DELAYS)


def test_every_problem_is_explained() -> None:
    """The owner sees only this word."""
    named = [quoted(row[0])[0] for row in table(PAGE, "problems")]

    assert named == [problem.name for problem in DeliveryProblem]


def test_the_document_on_the_page_can_be_registered() -> None:
    """So can everything that people make of it."""
    own, *_ = blocks(page(PAGE), "graphql")

    require_document(own, schema._schema)  # noqa: SLF001  # GRAPHQL.md appendix B


def span(text: str) -> timedelta:
    number, unit = text.split()
    return timedelta(seconds=int(number) * UNITS[unit.removesuffix("s")])
