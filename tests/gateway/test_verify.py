"""`verify` finds each kind of wrong marketplace and names it; a check that cannot fail guards
nothing, so each one sees a planted difference here or in its aggregate's tests.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from rich.console import Console

from domain.invoices import operations as invoices
from domain.ledger.rules import Difference
from gateway.refused import CommandRefused
from gateway.verify import CHECKS, SHOWN_MAX, noted_seals, report, verify
from tests.make.campaigns import approve, claim, reject, rich_employer, running, submitted, usd
from tests.make.difference import planted
from tests.make.invoices import ENTITY, fee_invoice, self_bill
from tests.make.members import add_worker
from tests.make.plans import pairwise
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A campaign of six places at 0.05: open 1, claimed 1, handed in 1, rejected 1, approved 2."""

    employer: UUID
    worker: UUID
    campaign: UUID
    approved: UUID
    undecided: UUID


async def market(world: World, *, reward: str = "0.05") -> Market:
    await invoices.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=(1,) * 6, reward=usd(reward))
    for _ in range(2):
        approved = await submitted(world, worker, campaign)
        await approve(world, employer, approved)
    await reject(world, employer, await submitted(world, worker, campaign))
    undecided = await submitted(world, worker, campaign)
    await claim(world, worker, campaign)
    return Market(
        employer=employer,
        worker=worker,
        campaign=campaign,
        approved=approved,
        undecided=undecided,
    )


def named(found: list[Difference]) -> dict[tuple[str, str], tuple[str, str]]:
    return {(each.check, each.subject): (each.expected, each.found) for each in found}


async def mine(*ids: UUID) -> list[Difference]:
    return [each for each in await verify() if any(str(id_) in str(each) for id_ in ids)]


async def test_a_right_marketplace_has_no_difference(world: World) -> None:
    """In the middle of its work, and after its documents."""
    made = await market(world)
    assert await mine(made.campaign, made.worker, made.employer) == []

    assert await fee_invoice(world, made.employer)
    assert await self_bill(world, made.worker)

    assert await mine(made.campaign, made.worker, made.employer) == []


async def test_finds_escrow_without_places(world: World) -> None:
    """I2 and I3: money set aside for nothing, or places nobody funded."""
    made = await market(world)
    found = named(
        await planted(
            "update task set place_count_open = place_count_open + 1,"
            f" place_count_total = place_count_total + 1 where campaign_id = '{made.campaign}'"
            " and place_count_open = 1",
            audit=verify,
        )
    )

    assert found == {
        ("campaign escrow = reward x (open + held)", f"campaign:{made.campaign}:escrow"): (
            "0.15 USD",
            "0.10 USD",
        ),
        (
            "campaign fees = (fee + VAT) x (open + held + filled)",
            f"campaign:{made.campaign}:fees",
        ): ("0.02975 USD", "0.0238 USD"),
        ("a campaign's places are its tasks' places", f"campaign {made.campaign}"): ("6", "7"),
    }


async def test_finds_an_account_of_a_campaign_without_money_to_be_there(world: World) -> None:
    """Also when the campaign is not known at all, or was never funded."""
    made = await market(world)
    found = named(
        await planted(
            f"update campaign set funded_at = null where id = '{made.campaign}'", audit=verify
        )
    )

    assert found[
        "campaign escrow = reward x (open + held)", f"campaign:{made.campaign}:escrow"
    ] == (
        "0.00 USD",
        "0.10 USD",
    )


async def test_finds_places_that_no_assignment_holds(world: World) -> None:
    """I11 on both sides: the counters and the rows."""
    made = await market(world)
    found = named(
        await planted(
            f"update assignment set state = 'expired' where campaign_id = '{made.campaign}'"
            " and state = 'claimed'",
            audit=verify,
        )
    )

    counts = [each for (check, _), each in found.items() if "its assignments" in check]
    assert counts[0] == (
        "0 held 0 filled 0 settled",
        "1 held 0 filled 0 settled",
    )


async def test_finds_work_whose_reward_is_not_pending(world: World) -> None:
    """I4 and I10: a decision without its booking."""
    made = await market(world)
    found = named(
        await planted(
            f"update assignment set state = 'approved' where id = '{made.undecided}'",
            audit=verify,
        )
    )

    assert found["worker pending = undecided work", f"worker:{made.worker}:pending"] == (
        "0.05 USD",
        "0.10 USD",
    )
    assert found["each step of an assignment is booked once", f"assignment {made.undecided}"] == (
        "1 E3, 1 E4, 0 E5, 0 E4r, 0 E4p",
        "1 E3, 0 E4, 0 E5, 0 E4r, 0 E4p",
    )


async def test_finds_a_doubled_payment(world: World) -> None:
    """I10: all sums balance while the money doubled; the list of intents does not."""
    made = await market(world)
    copy = world.new_id()
    found = named(
        await planted(
            "insert into ledger_transfer (id, idempotency_key, request_digest, event, kind,"
            " correlation_id, effective_on, recorded_at, transaction_id)"
            f" select '{copy}', idempotency_key || ':again', request_digest, event, kind,"
            " correlation_id, effective_on, recorded_at, transaction_id from ledger_transfer"
            f" where correlation_id = '{made.approved}' and event = 'E4'",
            "insert into ledger_entry (transfer_id, account_id, currency, amount)"
            f" select '{copy}', account_id, e.currency, amount from ledger_entry e"
            " join ledger_transfer t on t.id = e.transfer_id"
            f" where t.correlation_id = '{made.approved}' and t.event = 'E4' and t.id <> '{copy}'",
            audit=verify,
        )
    )

    subject = f"assignment {made.approved}"
    assert found["each step of an assignment is booked once", subject] == (
        "1 E3, 1 E4, 0 E5, 0 E4r, 0 E4p",
        "1 E3, 2 E4, 0 E5, 0 E4r, 0 E4p",
    )
    assert found["an approval pays the fixed price", subject] == (
        "50000 + 5000 + 950",
        "100000 + 10000 + 1900",
    )


async def test_finds_an_approval_at_another_price(world: World) -> None:
    """The price was fixed when the place was claimed."""
    made = await market(world)
    found = named(
        await planted(
            f"update assignment set reward_micros = 60000 where id = '{made.approved}'",
            audit=verify,
        )
    )

    assert found["an approval pays the fixed price", f"assignment {made.approved}"] == (
        "60000 + 5000 + 950",
        "50000 + 5000 + 950",
    )


async def test_finds_paid_work_without_an_item(world: World) -> None:
    """C4: every payment leads to something that was handed in."""
    made = await market(world)
    found = named(
        await planted(
            "delete from submission_item where submission_id in"
            f" (select id from submission where assignment_id = '{made.approved}')",
            audit=verify,
        )
    )

    assert found == {
        ("paid work has something that was handed in", f"assignment {made.approved}"): (
            "an item",
            "none",
        )
    }


async def test_finds_a_booking_about_nothing(world: World) -> None:
    """A payment that nobody asked for balances, and is still wrong."""
    made = await market(world)
    found = named(
        await planted(
            f"update ledger_transfer set correlation_id = '{world.new_id()}'"
            f" where correlation_id = '{made.approved}' and event = 'E4'",
            audit=verify,
        )
    )

    checks = {check for check, _ in found}
    assert checks == {
        "each step of an assignment is booked once",
        "every transfer is about something that exists",
        "fees of a month = documents of the month and what waits",
        "rewards of a month = self-bills of the month and what waits",
    }


async def test_finds_a_reward_that_was_not_booked(world: World) -> None:
    """A referrer was promised a share that never arrived."""
    made = await market(world)
    referral = world.new_id()
    found = named(
        await planted(
            "insert into referral (id, referrer_id, referee_id, state, signed_up_at, ends_at,"
            f" rewarded_through) values ('{referral}', '{made.employer}', '{made.worker}',"
            " 'earning', now(), now(), now())",
            "insert into referral_reward"
            " (assignment_id, referral_id, currency, amount_micros, rewarded_at)"
            f" values ('{made.approved}', '{referral}', 'USD', 2500, now())",
            audit=verify,
        )
    )

    assert found == {
        ("a referral reward is booked once", f"reward on assignment {made.approved}"): (
            "0.0025 USD",
            "0.00 USD",
        )
    }


@pytest.mark.parametrize(
    ("sql", "checks"),
    [
        (
            "update issued_document set sequence_number = sequence_number + 7 where id = '{id}'",
            {"document numbers have no gap"},
        ),
        (
            (
                "update number_series set next_number = next_number + 1"
                " where document_kind = 'fee_invoice'"
            ),
            {"document numbers have no gap"},
        ),
        (
            (
                "update issued_document set net_minor = net_minor + 1,"
                " gross_minor = gross_minor + 1 where id = '{id}'"
            ),
            {
                "a document's row is what its record says",
                "billed + carry = work on documents",
                "fees of a month = documents of the month and what waits",
            },
        ),
        (
            "update billing_carry set micros = micros + 1 where counterparty_id = '{employer}'",
            {"billed + carry = work on documents"},
        ),
        (
            ("delete from billed_work where document_id = '{id}' and work_id = '{approved}'"),
            {
                "billed + carry = work on documents",
                "VAT on a document = VAT its work paid",
                "fees of a month = documents of the month and what waits",
            },
        ),
        (
            "update issued_document set counterparty_id = '{worker}' where id = '{id}'",
            {"work stands on documents of its own people"},
        ),
        (
            "update ledger_transfer set event = 'E25' where correlation_id = '{id}'",
            {"a document's VAT is booked once", "every transfer is about something that exists"},
        ),
        (
            (
                "insert into ledger_entry (transfer_id, account_id, currency, amount)"
                " select t.id, a.id, 'USD', -10000 from ledger_transfer t, ledger_account a"
                " where t.correlation_id = '{id}'"
                " and a.code = 'tax:vat_output' and a.currency = 'USD'"
            ),
            {
                "a document's VAT is booked once",
                "VAT on documents = tax:vat_output",
                "VAT of a month = VAT on documents of the month",
                "all entries of a currency sum to zero",
                "every transfer balances",
                "balance = sum of entries",
            },
        ),
    ],
)
async def test_finds_wrong_documents(world: World, sql: str, checks: set[str]) -> None:
    """Numbers with a gap, a changed sum, work on nobody's or another's document, lost VAT."""
    made = await market(world, reward="0.50")
    record = await fee_invoice(world, made.employer)
    assert record is not None and record.vat == usd("0.02")

    found = await planted(
        sql.format(
            id=record.id, employer=made.employer, worker=made.worker, approved=made.approved
        ),
        audit=verify,
    )

    assert {each.check for each in found} == checks


async def test_finds_a_deposit_that_never_arrived(world: World) -> None:
    """Settled by the provider, and not on the employer's account."""
    made, deposit = await market(world), world.new_id()
    found = named(
        await planted(
            "insert into deposit (id, employer_id, state, currency, amount_micros, deposit_ref,"
            " instance_id, reference, return_url, started_at, create_count, look_up_count)"
            f" values ('{deposit}', '{made.employer}', 'settled', 'USD', 7000000, '{deposit}',"
            " 'sandbox', '', '', now(), 1, 0)",
            audit=verify,
        )
    )

    assert found == {
        ("a settled deposit is on the employer's account once", f"deposit {deposit}"): (
            "7.00 USD",
            "0.00 USD",
        )
    }


async def test_finds_a_payout_without_its_money(world: World) -> None:
    """I8 and I10: nothing was set aside for it, and it was executed twice."""
    made, payout = await market(world), world.new_id()
    attempts = ", ".join(
        f"('{world.new_id()}', '{payout}', '{payout}', {n}, '{payout} {n}', '{state}',"
        " now(), now())"
        for n, state in enumerate(("paid", "failed"), start=1)
    )
    found = named(
        await planted(
            "insert into payout (id, worker_id, destination_id, state, currency, amount_micros,"
            f" fee_micros, requested_at) values ('{payout}', '{made.worker}', '{payout}', 'queued',"
            " 'USD', 50000, 0, now())",
            "insert into payout_attempt (id, payout_id, batch_id, attempt_no, item_ref, state,"
            f" created_at, changed_at) values {attempts}",
            audit=verify,
        )
    )

    assert found == {
        ("money on its way = open payouts", f"worker:{made.worker}:payout"): (
            "0.05 USD",
            "0.00 USD",
        ),
        ("a payout is booked as its state says", f"payout {payout}"): (
            "1 requested, 0 paid, 0 credited back",
            "0 requested, 0 paid, 0 credited back",
        ),
        ("a payout is executed by one attempt at most", f"payout {payout}"): ("0 or 1", "2"),
    }


async def test_the_report_names_every_check_and_every_difference(world: World) -> None:
    """A person reads it at three in the morning."""
    made = await market(world)
    found = await planted(
        f"update assignment set reward_micros = 60000 where id = '{made.approved}'", audit=verify
    )
    text = io.StringIO()

    report(found, console=Console(file=text, width=140))

    said = text.getvalue()
    for checks in CHECKS.values():
        for check in checks:
            assert check in said
    assert f"an approval pays the fixed price: assignment {made.approved} should be" in said
    assert "No difference" not in said


async def test_the_report_of_right_books() -> None:
    """One sentence says it."""
    text = io.StringIO()

    report([], console=Console(file=text, width=140))

    assert "No difference" in text.getvalue()


async def test_a_flood_of_one_check_does_not_hide_the_others() -> None:
    """Two hundred of a kind are enough to start with."""
    text = io.StringIO()
    flood = [
        Difference(
            check="every transfer balances", subject=f"transfer {n}", expected="0", found="1"
        )
        for n in range(SHOWN_MAX + 5)
    ]

    report(flood, console=Console(file=text, width=140))

    assert "and 5 more: every transfer balances" in text.getvalue()


async def test_check_names_are_unique() -> None:
    """The report counts by name."""
    names = [check for checks in CHECKS.values() for check in checks]

    assert len(names) == len(set(names))


# Of these the planner would look up each deposit by its index, if loops were not forbidden here.
BY_DEPOSIT = {
    "a settled deposit is on the employer's account once",
    "what left a deposit again is booked",
}
EVERY_CHECK = {
    check: sql
    for checks in CHECKS.values()
    for check, sql in checks.items()
    if check not in BY_DEPOSIT
}


@pytest.mark.parametrize("check", EVERY_CHECK)
async def test_no_check_compares_everything_with_everything(world: World, check: str) -> None:
    """Ten million entries must be audited in minutes: each join goes by an index or a hash."""
    del world  # it has opened the database

    assert await pairwise(EVERY_CHECK[check]) == []


async def test_a_seal_that_was_noted_is_asked_for(world: World) -> None:
    """As the log wrote it; a typing error is refused, not passed over."""
    await market(world)
    noted = noted_seals([f"2020-02-29={'ab' * 32}"])

    found = await verify(noted=noted)

    assert noted == {date(2020, 2, 29): b"\xab" * 32}
    assert [str(each) for each in found if "noted" in each.check] == [
        f"seals that were noted are there: day 2020-02-29 should be {'ab' * 32}, is not sealed"
    ]
    for line in ("2020-02-30=ab", "2020-02-29", "2020-02-29=xy", "2020-02-29=ab"):
        with pytest.raises(CommandRefused, match="DAY=HASH"):
            noted_seals([line])
