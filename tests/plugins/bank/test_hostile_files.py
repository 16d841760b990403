"""Whatever is handed in as a bank's file, it is read or refused; nothing else happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.payouts.provider import FileRefused, FileReport
from plugins.payments.bank.ach_payouts import AchPayouts
from plugins.payments.bank.sepa_payouts import SepaPayouts
from plugins.payments.bank.simulator import BankSimulator
from plugins.simulation import serve
from tests.plugins.bank.make import (
    ACH,
    ACH_FIELDS,
    SEPA,
    SEPA_FIELDS,
    ach_destination,
    batch_of,
    batch_ref,
    context,
    item_ref,
    opened,
    prepared,
    sepa_destination,
)

REPORTS = ("pain", "camt", "whole", "returns", "changes")
STRANGE = (b"", b"\x00", b"\xff", b"<", b"&x;", "²".encode(), b"9" * 40, b"-", b"\r\n", b"]]>")


def report(kind: str) -> tuple[type[Any], bytes]:
    """A good file, and who reads it."""
    bank = BankSimulator()
    rail, config, to = SepaPayouts, SEPA, sepa_destination()
    if kind in ("returns", "changes"):
        rail, config, to = AchPayouts, ACH, ach_destination()  # type: ignore[assignment]  # the other kind

    async def made() -> bytes:
        provider = await opened(rail, config)
        batch = await prepared(provider, batch_of(1_230_000, 10_000, to=to))
        assert batch.payload is not None
        return batch.payload

    if kind == "pain":
        bank.refuse[item_ref(102)] = "AC04"
    bank.take(asyncio.run(made()))
    bank.books_whole = kind == "whole"
    bank.give_back = {item_ref(101): "R03"}
    bank.change = {item_ref(102): "C01"}
    files = {
        "pain": lambda: bank.pain_002(batch_ref(1)),
        "camt": bank.camt_053,
        "whole": bank.camt_053,
        "returns": bank.ach_returns,
        "changes": bank.ach_changes,
    }
    return rail, files[kind]()


@contextmanager
def logged() -> Iterator[list[str]]:
    texts: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())

    handler, root = Keeps(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield texts
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.mark.parametrize("kind", REPORTS)
def test_damaged_files_are_read_or_refused(kind: str) -> None:
    """Bytes lost, changed, doubled: never another exception, and never a member's account."""
    rail, good = report(kind)
    own = (SEPA if rail is SepaPayouts else ACH).values()
    fields = (SEPA_FIELDS if rail is SepaPayouts else ACH_FIELDS).values()
    canaries = [each for each in fields if len(each) > 8 and each not in own]

    async def read(content: bytes) -> FileReport:
        provider = await opened(rail, SEPA if rail is SepaPayouts else ACH)
        found: FileReport = await provider.read_file(content, context())
        return found

    assert asyncio.run(read(good)).file_id

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(st.integers(0, len(good)), st.integers(0, 40), st.sampled_from(STRANGE))
    def damage(start: int, length: int, put: bytes) -> None:
        content = good[:start] + put + good[start + length :]
        try:
            with logged() as texts:
                told = repr(asyncio.run(read(content)))
        except FileRefused as refused:
            told = f"{refused!r} {refused}"
        assert not [each for each in canaries if each in told or each in "".join(texts)]

    damage()


@pytest.mark.asyncio
async def test_entities_are_not_multiplied() -> None:
    """Ten levels of ten would be a hundred gigabytes: the test would not end."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 11))
    bomb = f'<!DOCTYPE d [<!ENTITY e0 "xxxxxxxxxx">{levels}]><Document>&e10;</Document>'
    provider = await opened(SepaPayouts, SEPA)
    with pytest.raises(FileRefused):
        await provider.read_file(bomb.encode(), context())


@pytest.mark.asyncio
async def test_no_file_of_this_machine_is_read(tmp_path: Path) -> None:
    """Neither as an entity nor as a document type, and nobody is called for one."""
    (tmp_path / "secret").write_text("<x>a secret of this machine</x>")
    provider = await opened(SepaPayouts, SEPA)
    for declared in (
        f'<!DOCTYPE d [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><Document>&e;</Document>',
        f'<!DOCTYPE d SYSTEM "file://{tmp_path}/secret"><Document/>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><Document/>',
    ):
        with pytest.raises(FileRefused) as refused:
            await provider.read_file(declared.encode(), context())
        assert "secret of this machine" not in str(refused.value)


def test_the_simulated_bank_over_http() -> None:
    """A file goes in, reports come out, the same file is refused."""
    bank = BankSimulator()

    async def made() -> bytes:
        provider = await opened(SepaPayouts, SEPA)
        batch = await prepared(provider, batch_of(1_230_000, to=sepa_destination()))
        return batch.payload or b""

    content = asyncio.run(made())
    with serve(bank) as url:
        first = requests.post(f"{url}/files", data=content, timeout=5)
        second = requests.post(f"{url}/files", data=content, timeout=5)
        pain = requests.get(f"{url}/reports/pain.002?batch={batch_ref(1)}", timeout=5)
        camt = requests.get(f"{url}/reports/camt.053", timeout=5)
        strange = requests.get(f"{url}/reports/other", timeout=5)
        effects = requests.get(f"{url}/_sim/effects", timeout=5).json()

    assert (first.json(), second.json()) == ({"file": batch_ref(1)}, {"file": None})
    assert b"ACSC" in pain.content and item_ref(101).encode() in camt.content
    assert strange.status_code == 404
    assert [(each["ref"], each["amount_micros"]) for each in effects] == [
        (item_ref(101), 1_230_000)
    ]
