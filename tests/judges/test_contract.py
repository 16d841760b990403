"""What the tools of frontends make of the committed SDL and of the examples."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime

import pytest
from graphql import GraphQLObjectType, build_schema

from gateway.manifests import broken_of, read_manifest
from schema.contract import permissions_in
from tests.judges.conftest import ROOT, Desk
from tests.judges.installed import HERE
from tests.judges.verdict import passed

pytestmark = pytest.mark.timeout(300)  # the first one installs

EXAMPLES = "../../../docs/operations/*.graphql"
SDL = "../../../schema.graphql"
RELEASED = "schema.released.graphql"
ALLOWED = "schema.allowed_changes.toml"


def test_eslint_finds_nothing(desk: Desk) -> None:
    """Descriptions, Relay's shapes and names, by the strictest rules there are."""
    folder = desk("eslint")
    shutil.copy(ROOT / "schema.graphql", folder)  # it does not look outside of its folder

    passed(folder, "eslint", "--max-warnings", "0", "schema.graphql")


def test_only_values_are_excused_from_having_an_id() -> None:
    """The list in the configuration would otherwise hide a forgotten id."""
    configured = (HERE / "eslint" / "eslint.config.mjs").read_text()
    (listed,) = re.findall(r"const values = \[(.*?)\]", configured, re.DOTALL)
    excused = re.findall(r"'(\w+)'", listed)
    types = build_schema((ROOT / "schema.graphql").read_text()).type_map

    assert sorted(excused) == excused
    assert [name for name in excused if name not in types] == []
    for name in excused:
        kind = types[name]
        assert isinstance(kind, GraphQLObjectType) and not kind.interfaces, name


def test_schema_linter_finds_nothing(desk: Desk) -> None:
    """Descriptions, sorting, Relay's connections."""
    passed(desk("linter"), "graphql-schema-linter", SDL)


def test_relay_compiles(desk: Desk) -> None:
    """Paginated lists, refetched fragments and mutations with typed errors."""
    folder = desk("relay")

    passed(folder, "relay-compiler")

    made = {path.name for path in folder.glob("src/__generated__/*.js")}
    assert {"PayoutsPaginationQuery.graphql.js", "CampaignsItemQuery.graphql.js"} <= made


def test_examples_become_typed_code(desk: Desk) -> None:
    """No value is `unknown`; the manifest is one that `piecerate documents` takes."""
    folder = desk("codegen")

    passed(folder, "graphql-codegen", "--config", "codegen.ts")
    passed(folder, "tsc", "--project", ".")

    types = (folder / "src" / "gql" / "graphql.ts").read_text()
    assert not re.search(r"(input|output): (unknown|any)\b", types)
    texts = read_manifest(folder / "src" / "gql" / "persisted-documents.json")
    assert len(texts) > len(list((ROOT / "docs" / "operations").glob("*.graphql")))
    assert broken_of(texts) == []


def test_examples_are_valid(desk: Desk) -> None:
    """By somebody else's rules too."""
    folder = desk("inspector")

    passed(folder, "graphql-inspector", "validate", EXAMPLES, SDL, "--maxDepth", "12")


def test_examples_show_every_field(desk: Desk) -> None:
    """What no example asks for, nobody finds."""
    folder = desk("inspector")
    write = ("--silent", "--write", "coverage.json")

    passed(folder, "graphql-inspector", "coverage", EXAMPLES, SDL, *write)

    types = json.loads((folder / "coverage.json").read_text())["types"]
    unseen = [
        f"{name}.{field}"
        for name, each in types.items()
        for field, seen in each["children"].items()
        if not seen["hits"]
    ]
    assert len(types) > 100
    assert not unseen, f"add these to an example in docs/operations: {', '.join(unseen)}"


def test_nothing_released_is_broken(desk: Desk) -> None:
    """Whoever built on the last release goes on as before; tests/test_contract.py says more."""
    if permissions_in((ROOT / ALLOWED).read_text(), today=datetime.now(UTC).date()):
        pytest.skip(f"{ALLOWED} allows breaking changes, which the inspector cannot be told")
    folder = desk("inspector")
    shutil.copy(ROOT / RELEASED, folder)

    passed(folder, "graphql-inspector", "diff", RELEASED, SDL)
