"""How many of the examples in `docs/operations` are answered by readings, and why not the rest."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from gateway.providers import Providers
from schema.execution.counting import READS
from tests.make.ask import Ask
from tests.make.scene import made
from tests.schema.documents import FOLDER, example
from tests.schema.examples import reads, writes
from tests.schema.wishes import Wishes
from tests.tidy.source import ROOT

SHARE_MIN: Final = 0.9
PAGE: Final = ROOT / "docs" / "operating" / "reads.md"


@pytest.mark.asyncio
async def test_nine_of_ten_examples_take_the_compiled_path(ask: Ask, providers: Providers) -> None:
    """The page says which do not, and why; `-s` prints it."""
    scene = await made(ask, providers)
    await Wishes(scene).ruleset_version()
    rest: dict[str, set[str]] = {}
    for name, (who, variables) in reads(scene).items():
        before = counted()
        await ask(example(name), viewer=scene.people[who], **variables)
        rest.setdefault(name, set()).update(counted() - before)
    for name, who, wish in writes(scene):
        mutation, viewer, input_ = name.partition(" ")[0], scene.people.get(who), await wish()
        before = counted()
        answer = await ask(example(mutation), viewer=viewer, input=input_)
        rest.setdefault(mutation, set()).update(counted() - before)
        if name == "stepUpComplete":
            scene.use(who, answer.only()["token"])
    for path in FOLDER.glob("*.graphql"):
        rest.setdefault(path.stem, {"graphql-core ran it"})  # what is not asked is a subscription

    others = {name: sorted(reasons) for name, reasons in sorted(rest.items()) if reasons}
    share = 1 - len(others) / len(rest)
    print(f"{share:.1%} of {len(rest)} examples take the compiled path; not:", others)  # noqa: T201  # for people
    assert share >= SHARE_MIN
    assert rows_of_page() == {(name, each) for name, found in others.items() for each in found}


def counted() -> Counter[str]:
    return Counter(READS.reasons) + Counter({"graphql-core ran it": READS.reference_count})


def rows_of_page() -> set[tuple[str, str]]:
    table = PAGE.read_text().partition("| example | reason |")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    return {(example.strip("`"), reason.strip("`")) for example, reason in rows}
