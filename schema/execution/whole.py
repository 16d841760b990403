"""Hot lists in one statement: PostgreSQL writes their JSON, and we seal the ids in it.

It takes less of the process than to make objects, and more of the database than one statement per
level. So it is for documents that were registered beforehand, and for what PostgreSQL can write as
we do: plain columns, amounts, rows that a row points at, lists and pages. A list that needs more,
such as a cursor or a rule of ours, is read level by level; what comes out is the same, byte for
byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import msgspec

from domain.columns import instants_of
from domain.whole import AMOUNT, INSTANT, MARKS, AskedPage, TextLevel, text_of_page
from schema.actual_cost import Counts
from schema.execution.readings import PageStatement, Reader, amount_of
from schema.execution.references import PageOf
from schema.ids import IdCodec, Tag

Path: TypeAlias = tuple[str, ...]  # of keys, from the list on


@dataclass(slots=True, kw_only=True)
class Whole:
    """One list of one document, compiled."""

    top: TextLevel
    opening: str  # before the first row
    closing: str
    tags: Mapping[int, Tag | None]  # of the ids of each level; None: they are not asked for
    pages: Mapping[int, PageStatement]
    counted: Mapping[Path, int | None]  # by the rows of which level; None: there is one

    async def written(self, reader: Reader, page: PageOf) -> tuple[msgspec.Raw, Counts] | None:
        """None where the page is asked for in a way that goes level by level."""
        asked = {0: (page.window, page.where)}
        arguments = page.arguments
        for number, statement in self.pages.items():
            reader.understand(number, statement)
            known = reader.asked[number]
            asked[number] = known.window, known.where
            if known.arguments and not arguments:
                arguments = known.arguments
            if known.arguments and known.arguments != arguments:
                return None
        if any(window.backward for window, _ in asked.values()):
            return None
        text = await text_of_page(
            self.top,
            page.listing,
            parent_id=page.parent_id.bytes,
            arguments=arguments,
            pages={
                number: AskedPage(window.page(tells_more=False), where)
                for number, (window, where) in asked.items()
            },
            asking=reader.asking,
        )
        return self._finished(text, reader.context.ids)

    def _finished(self, text: str, ids: IdCodec) -> tuple[msgspec.Raw, Counts]:
        rows = {}
        for number, tag in self.tags.items():
            parts = text.split(MARKS[number])
            rows[number] = len(parts) // 2
            if tag is not None:
                keys = bytes.fromhex("".join(parts[1::2]).replace("-", ""))
                parts[1::2] = ids.encode_joined(tag, keys)
            text = "".join(parts)
        for mark, shown in ((AMOUNT, amounts_of), (INSTANT, instants_of)):
            parts = text.split(mark)
            if len(parts) > 1:
                parts[1::2] = shown(",".join(parts[1::2]))
                text = "".join(parts)
        counts = {path: 1 if of is None else rows[of] for path, of in self.counted.items()}
        return msgspec.Raw(f"{self.opening}{text}{self.closing}".encode()), counts


def amounts_of(written: str) -> list[str]:
    return [_amount(each) for each in written.split(",")]


@lru_cache(maxsize=10_000)
def _amount(written: str) -> str:
    micros, _, currency = written.partition(" ")
    amount = amount_of(int(micros), currency)
    assert amount is not None
    return amount
