"""The account's history on a real chain, as the books compare it."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.money import Money
from domain.provider_news import LineKind, StatementLine
from tests.plugins.crypto.anvil import Anvil, Musd
from tests.plugins.crypto.make import Payer, addresses, paying


def read(
    payer: Payer, cursor: str | None, until: datetime
) -> tuple[list[StatementLine], str | None]:
    async def pages() -> tuple[list[StatementLine], str | None]:
        lines: list[StatementLine] = []
        last = cursor
        async for page in payer.provider.statement(cursor, until, payer.context()):
            lines += page.lines
            last = page.cursor
        return lines, last

    return payer.run(pages())


def test_each_transfer_is_a_line_once(musd: Musd, anvil: Anvil) -> None:
    """Payments by our reference, money that came in, and nothing that is not final."""
    with paying(musd, log_blocks_max=7, first_block=1) as payer:
        anvil.enrich(payer.address)
        musd.give(payer.address, 10_000_000)
        batch = payer.sent(*addresses(2))
        anvil.finalize()
        payer.sent(*addresses(1))
        anvil.mine()
        far = payer.now + timedelta(days=36_500)

        lines, cursor = read(payer, None, far)
        assert [(each.kind, each.amount) for each in lines] == [
            (LineKind.TOP_UP, Money(10_000_000, "USD")),
            (LineKind.PAYOUT, -batch.items[0].amount),
            (LineKind.PAYOUT, -batch.items[1].amount),
        ]
        assert [each.item_ref for each in lines[1:]] == [each.item_ref for each in batch.items]
        assert [each.provider_ref for each in lines[1:]] == [
            each.provider_ref for each in batch.items
        ]
        assert read(payer, cursor, far)[0] == []

        anvil.finalize()
        later, _ = read(payer, cursor, far)
        assert [each.kind for each in later] == [LineKind.PAYOUT]


def test_nothing_is_read_beyond_the_end(payer: Payer, anvil: Anvil) -> None:
    """Lines after it belong to the next reading, which begins exactly there."""
    anvil.pass_time(timedelta(hours=1))
    payer.sent(*addresses(1))
    anvil.finalize()
    lines, _ = read(payer, None, payer.now + timedelta(days=36_500))
    at = lines[-1].booked_at

    before, cursor = read(payer, None, at - timedelta(seconds=1))
    after, _ = read(payer, cursor, at)

    assert before + after == lines
    assert [each.kind for each in after] == [LineKind.PAYOUT]


def test_what_somebody_moved_by_hand_is_seen(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """No payout of ours has moved it: the books ask a person."""
    anvil.ask("anvil_impersonateAccount", payer.address)
    call = musd.contract.encode_abi("transfer", [addresses(1)[0], 5])
    anvil.ask("eth_sendTransaction", {"from": payer.address, "to": musd.address, "data": call})
    anvil.finalize()

    lines, _ = read(payer, None, payer.now + timedelta(days=36_500))

    assert (lines[-1].kind, lines[-1].amount) == (LineKind.OTHER, Money(-5, "USD"))
    assert lines[-1].item_ref is None
