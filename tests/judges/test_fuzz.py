"""A fuzzer asks for everything, as nobody, as a worker and as an employer."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Final

import httpx
import pytest
from graphql import build_schema, is_specified_scalar_type
from graphql.type import GraphQLScalarType

from schema.ids import Tag
from tests.judges.conftest import ROOT
from tests.judges.installed import HERE
from tests.judges.served import Served
from tests.judges.verdict import passed
from tests.schema.documents import example

IS_LONG: Final = os.environ.get("PIECERATE_CAMPAIGN") == "1"
EXAMPLES_MAX: Final = 400 if IS_LONG else 20
SECONDS_MAX: Final = 900 if IS_LONG else 12
SEED: Final = os.environ.get("PIECERATE_TEST_SEED", "1")
ENDS_THE_SESSION: Final = ("sessionEnd", "sessionRevokeAll")  # everything after it would be 401

pytestmark = pytest.mark.timeout(SECONDS_MAX * 3 + 300)  # the first one installs


@pytest.mark.parametrize("role", ["nobody", "worker", "employer"])
def test_nothing_unexpected_happens(
    role: str, server: Served, fuzzer: Path, tmp_path: Path
) -> None:
    """No bug shows: each answer is data, or a refusal that hooks.py names."""
    shutil.copytree(HERE / "schemathesis", tmp_path, dirs_exist_ok=True)
    options = [f"--max-examples={EXAMPLES_MAX}", f"--max-time={SECONDS_MAX}", f"--seed={SEED}"]
    if role != "nobody":
        options += ["--header", f"Authorization: Bearer {server.tokens[role]}"]
        options += [f"--exclude-name=Mutation.{name}" for name in ENDS_THE_SESSION]

    said = passed(
        tmp_path,
        str(fuzzer.with_name("st")),
        "run",
        server.url,
        *("--phases", "fuzzing", "--request-timeout", "5", "--suppress-health-check", "all"),
        *("--generation-database", "none", "--no-color"),
        *options,
        environ={
            "SCHEMATHESIS_HOOKS": "hooks",
            "SDL": str(ROOT / "schema.graphql"),
            "IDS": json.dumps(known_ids(server)),
        },
        seconds=SECONDS_MAX * 3 + 60,  # to start, too
    )

    assert re.search(r"\d+ generated", said), said
    log = server.log.read_text()
    assert "Traceback" not in log and "[error" not in log, log[-8000:]


def known_ids(server: Served) -> dict[str, list[str]]:
    """What the demo's people see of it, by the kind of object: random ids would find nothing."""
    found: dict[str, set[str]] = {}
    for token in server.tokens.values():
        text = ask(server, example("viewer"), token=token)
        for campaign in sorted(set(re.findall(rf"{Tag.CAMPAIGN}1_[\w-]{{22}}", text))):
            text += ask(server, example("campaign"), token=token, id=campaign)
        for tag in Tag:
            ids = re.findall(rf"\b{tag}1_[\w-]{{22}}(?![\w-])", text)
            found.setdefault(tag.name.lower(), set()).update(ids)
    assert found["campaign"] and found["assignment"]
    found.pop("session")  # it would end its own
    return {kind: sorted(ids) for kind, ids in found.items()}


def ask(server: Served, document: str, *, token: str, **variables: str) -> str:
    return httpx.post(
        server.url,
        json={"query": document, "variables": variables},
        headers={"authorization": f"Bearer {token}"},
    ).text


def test_the_fuzzer_knows_every_scalar() -> None:
    """Without a strategy for one it stops before it begins."""
    types = build_schema((ROOT / "schema.graphql").read_text()).type_map.values()
    ours = {
        each.name
        for each in types
        if isinstance(each, GraphQLScalarType) and not is_specified_scalar_type(each)
    }
    hooks = (HERE / "schemathesis" / "hooks.py").read_text()

    known = {a or b for a, b in re.findall(r'^    "(\w+)": |scalar\("(\w+)"', hooks, re.MULTILINE)}

    assert ours - known == set()
