"""A SEPA credit transfer file, pain.001.001.09: the same batch gives the same bytes.

The library draws random ids and reads the local clock; both are written over. It changes the
dictionaries it is given and doubles everything when it exports twice, so both live once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from lxml import etree  # type: ignore[import-untyped]  # it ships no types
from schwifty import IBAN
from sepaxml import SepaTransfer  # type: ignore[import-untyped]  # as above

from domain.money import to_minor
from domain.payouts.provider import PayoutBatch, PayoutItem
from domain.payouts.provider.bank_days import bank_day_after, target_is_closed
from domain.provider import BatchRefused, PluginBug
from plugins.payments.bank.destinations import iban_of
from plugins.payments.bank.letters import sepa_text
from plugins.payments.bank.safe_xml import SAFE_PARSER
from plugins.payments.bank.settings import EXPONENT, SepaConfig

SCHEMA: Final = "pain.001.001.09"  # the library's own default is an older one
NAMES: Final = {"iso": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
MEMO_MAX: Final = 140
CLEARING_ZONE: Final = ZoneInfo("Europe/Brussels")  # TARGET's days change there


def render_sepa(batch: PayoutBatch, *, config: SepaConfig, created: datetime) -> bytes:
    """Raises `BatchRefused` when the schema does not accept it; nobody is named then."""
    document = SepaTransfer(_debtor(config), schema=SCHEMA, clean=False)
    execution = execution_day(created, lead_days=config.lead_days)
    for item in batch.items:
        document.add_payment(_payment(item, execution))
    root = etree.fromstring(document.export(validate=False), SAFE_PARSER)
    _text(root, "GrpHdr/iso:MsgId", batch.batch_ref)
    _text(root, "GrpHdr/iso:CreDtTm", created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    for number, block in enumerate(root.iterfind(".//iso:PmtInf", NAMES), start=1):
        block.find("iso:PmtInfId", NAMES).text = f"{batch.batch_ref}-{number}"
    schema = etree.XMLSchema(etree.parse(str(files("sepaxml") / "schemas" / f"{SCHEMA}.xsd")))
    if not schema.validate(root):
        raise BatchRefused(problems=())  # its log holds names and accounts
    _require_ours(root, batch)
    rendered: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return rendered


def execution_day(created: datetime, *, lead_days: int) -> date:
    today = created.astimezone(CLEARING_ZONE).date()
    return bank_day_after(today, days=lead_days, is_closed=target_is_closed)


def debtor_bic(config: SepaConfig) -> str:
    """As configured, or as the register of banks has it; empty when neither knows."""
    return config.debtor_bic or str(IBAN(config.debtor_iban).bic or "")


def _debtor(config: SepaConfig) -> dict[str, Any]:
    return {
        "name": config.debtor_name,
        "IBAN": iban_of(config.debtor_iban),
        "batch": True,  # the other mode takes our address from the payments
        "currency": "EUR",
        "address": {"town": config.debtor_town, "country": config.debtor_country},
        "BIC": debtor_bic(config),
    }


def _payment(item: PayoutItem, execution: date) -> dict[str, Any]:
    fields = item.destination.fields
    return {
        "name": fields["holder_name"],
        "IBAN": iban_of(fields["iban"]),
        "amount": to_minor(item.amount, EXPONENT),
        "currency": item.amount.currency,
        "execution_date": execution,
        "description": sepa_text(item.memo, length=MEMO_MAX) or item.item_ref,
        "endtoend_id": item.item_ref,
        "address": {"town": fields["town"], "country": fields["address_country"]},
    }


def _text(root: Any, path: str, text: str) -> None:
    root.find(f".//iso:{path}", NAMES).text = text


def _require_ours(root: Any, batch: PayoutBatch) -> None:
    """What stands in the file is, payment by payment, what the batch says."""
    ours = [
        (
            item.item_ref,
            iban_of(item.destination.fields["iban"]),
            item.destination.fields["holder_name"],
            to_minor(item.amount, EXPONENT),
        )
        for item in batch.items
    ]
    if list(_rendered(root)) != ours:
        raise PluginBug("the rendered file pays something else than the batch")


def _rendered(root: Any) -> Iterator[tuple[str, str, str, int]]:
    for payment in root.iterfind(".//iso:CdtTrfTxInf", NAMES):
        units, _, fraction = payment.findtext("iso:Amt/iso:InstdAmt", "", NAMES).partition(".")
        yield (
            payment.findtext("iso:PmtId/iso:EndToEndId", "", NAMES),
            payment.findtext("iso:CdtrAcct/iso:Id/iso:IBAN", "", NAMES),
            payment.findtext("iso:Cdtr/iso:Nm", "", NAMES),
            int(units + fraction),
        )
