"""What is wrong with a document before it has a number: authorities' rules, and our fonts.

The rules run in processes of their own, because they keep a processor busy for a tenth of a second.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from domain.invoices.rules import DRAFT_NUMBER, Document, Party
from gateway.finance.glyphs import covered, is_shown
from gateway.processes import die_with_parent

if TYPE_CHECKING:
    from gateway.finance.validation import Finding, Validator

FONT_MISSING: Final = "FONT_MISSING"
PROBLEMS_MAX: Final = 20


def problems_of(document: Document, *, coverage: frozenset[int]) -> list[str]:
    """In this process. Names must be readable on paper; a title may have a mark in it."""
    draft = replace(document, number=document.number or DRAFT_NUMBER)
    missing = sorted(
        {
            character
            for party in (draft.seller, draft.buyer)
            for text in _texts(party)
            for character in text
            if not is_shown(character, coverage)
        }
    )
    problems = [f"{FONT_MISSING}: U+{ord(character):04X}" for character in missing]
    if draft.has_xml:
        problems += [_said(finding) for finding in _findings(draft) if not finding.is_warning]
    return list(dict.fromkeys(problems))[:PROBLEMS_MAX]


def _findings(draft: Document) -> list[Finding]:
    """Its libraries take 10 MiB of the process that first checks a document, and of no other."""
    from gateway.finance.cii import write_cii  # noqa: PLC0415
    from gateway.finance.interchange import interchange, is_french  # noqa: PLC0415
    from gateway.finance.ubl import write_ubl  # noqa: PLC0415
    from gateway.finance.validation import Syntax  # noqa: PLC0415

    record = interchange(draft, member_ref=str)  # which one it is matters to no rule
    french = is_french(draft)
    return [
        *_validator().check(write_cii(record), Syntax.CII, is_french=french),
        *_validator().check(write_ubl(record), Syntax.UBL, is_french=french),
    ]


class Checks:
    """`DocumentChecks`. With processes of its own it uses all processors; else a thread."""

    def __init__(self, *, more_fonts: Path | None = None, process_count: int = 0) -> None:
        self._more_fonts = more_fonts
        self._process_count = process_count
        self._pool: ProcessPoolExecutor | None = None

    async def problems(self, document: Document) -> Sequence[str]:
        try:
            return await self._run(document)
        except BrokenProcessPool:  # somebody killed one: the next ones are as good
            self.close()
            return await self._run(document)

    def close(self, *, wait: bool = False) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=wait, cancel_futures=True)
            self._pool = None

    async def _run(self, document: Document) -> list[str]:
        if self._process_count and self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._process_count,
                mp_context=get_context("spawn"),
                initializer=die_with_parent,
                initargs=(os.getpid(),),
            )
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _problems, document, self._more_fonts)


def _problems(document: Document, more_fonts: Path | None) -> list[str]:
    return problems_of(document, coverage=covered(more_fonts))


@cache
def _validator() -> Validator:
    from gateway.finance.validation import Validator  # noqa: PLC0415  # see `_findings`

    return Validator()


def _texts(party: Party) -> tuple[str, ...]:
    return (party.name, party.street, party.city, party.postcode)


def _said(finding: Finding) -> str:
    return f"{finding.rule}: {finding.message}"[:300]
