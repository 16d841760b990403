"""An ACH credit file in NACHA's format: the same batch gives the same bytes.

The library cuts what is too long and reads the local clock without a word; so everything is
checked before it and read back after it.
"""

from __future__ import annotations

from datetime import date, datetime
from string import ascii_uppercase
from typing import Any, Final
from zoneinfo import ZoneInfo

from ach.builder import AchFile  # type: ignore[import-untyped]  # it ships no types

from domain.money import to_minor
from domain.payouts.provider import PayoutBatch, PayoutItem
from domain.payouts.provider.bank_days import bank_day_after, fed_is_closed
from domain.provider import PluginBug
from plugins.payments.bank.destinations import TRANSACTION_CODES
from plugins.payments.bank.settings import ACH_NAME_MAX, EXPONENT, AchConfig

RECORD_LENGTH: Final = 94
BLOCK_RECORDS: Final = 10
LINE_END: Final = "\r\n"
CLEARING_ZONE: Final = ZoneInfo("America/New_York")  # the file's date and time are read there


def file_letter(sequence_no: int) -> str:
    """What tells the files of one day apart, for 26 of them."""
    return ascii_uppercase[(sequence_no - 1) % len(ascii_uppercase)]


def effective_day(created: datetime, *, lead_days: int) -> date:
    today = created.astimezone(CLEARING_ZONE).date()
    return bank_day_after(today, days=lead_days, is_closed=fed_is_closed)


def render_ach(batch: PayoutBatch, *, config: AchConfig, created: datetime) -> bytes:
    if batch.sequence_no is None:
        raise PluginBug("a batch without its number")
    local = created.astimezone(CLEARING_ZONE)
    file = AchFile(file_letter(batch.sequence_no), _settings(config))
    file.header.file_crt_date = local.strftime("%y%m%d")
    file.header.file_crt_time = local.strftime("%H%M")
    file.add_batch(
        "PPD",
        [_entry(item) for item in batch.items],
        credits=True,
        debits=False,
        eff_ent_date=effective_day(created, lead_days=config.lead_days),
        entry_desc=config.entry_description,  # else it would say PAYROLL
    )
    file.batches[0].batch_header.cmpy_dis_data = batch.batch_ref  # free room: ours to use
    lines = [line for line in file.render_to_string(force_crlf=True).split(LINE_END) if line]
    _require_ours(lines, batch)
    return (LINE_END.join(lines) + LINE_END).encode("ascii")


def _settings(config: AchConfig) -> dict[str, str]:
    return {
        "immediate_dest": config.immediate_dest,
        "immediate_dest_name": config.immediate_dest_name,
        "immediate_org": config.immediate_org,
        "immediate_org_name": config.immediate_org_name,
        "company_id": config.company_id,
        "company_name": config.company_name,
    }


def _entry(item: PayoutItem) -> dict[str, Any]:
    fields = item.destination.fields
    units, rest = divmod(to_minor(item.amount, EXPONENT), 10**EXPONENT)
    return {
        "type": TRANSACTION_CODES[fields["account_type"]],
        "routing_number": fields["routing_number"],
        "account_number": fields["account_number"],
        "amount": f"{units}.{rest:0{EXPONENT}d}",
        "name": fields["holder_name"],
        "id_number": item.item_ref,
    }


def _require_ours(lines: list[str], batch: PayoutBatch) -> None:
    """By fixed columns: the library goes through `float`, and cuts names and accounts."""
    ours = [
        (
            TRANSACTION_CODES[item.destination.fields["account_type"]],
            item.destination.fields["routing_number"],
            item.destination.fields["account_number"].upper(),
            to_minor(item.amount, EXPONENT),
            item.item_ref,
            item.destination.fields["holder_name"].upper()[:ACH_NAME_MAX],
        )
        for item in batch.items
    ]
    entries = [line for line in lines if line[0] == "6"]
    rendered = [
        (
            line[1:3],
            line[3:12],
            line[12:29].rstrip(),
            int(line[29:39]),
            line[39:54].rstrip(),
            line[54:76].rstrip(),
        )
        for line in entries
    ]
    is_whole = len(lines) % BLOCK_RECORDS == 0 and {len(line) for line in lines} == {RECORD_LENGTH}
    if rendered != ours or not is_whole:
        raise PluginBug("the rendered file pays something else than the batch")
