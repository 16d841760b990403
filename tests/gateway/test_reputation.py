"""From the API to a file to `piecerate reputation verify`, which asks nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.refused import CommandRefused
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.ratings import approved

pytestmark = pytest.mark.asyncio
QUERY = "{ viewer { signedReputation } }"


async def test_a_worker_takes_the_record_along(ask: Ask, tmp_path: Path) -> None:
    """It verifies offline by the published keys, and names nobody but the public id."""
    work = await approved(ask.world)
    text = (await ask(QUERY, viewer=work.worker_id)).only()["signedReputation"]
    record = json.loads(text)["record"]
    assert record["public_id"] == ask.id(Tag.MEMBER, work.worker_id)
    assert record["categories"] == {"labeling": {"bad": 0, "good": 1}}
    assert (record["level"], record["points"], record["ratings"]) == (0, 15, [0] * 5)
    published = await ask.client.get("/reputation/keys.json")
    assert published.status_code == 200

    file, keys = tmp_path / "record.json", tmp_path / "keys.json"
    file.write_text(text)
    keys.write_bytes(published.content)
    command = ["reputation", "verify", str(file), "--keys", str(keys)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "level 0, 15 points" in done.output
    file.write_text(text.replace('"points":15', '"points":16'))
    refused = CliRunner().invoke(app, command)
    assert isinstance(refused.exception, CommandRefused)
    assert "wrong_signature" in str(refused.exception)
