"""Reads a pain.002: what became of a file and of each payment in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.payouts.provider import (
    BatchObservation,
    FileRefused,
    FileReport,
    Observation,
    ObservedState,
)
from plugins.payments.bank.codes import REASONS, STATUSES
from plugins.payments.bank.references import batch_ref_of, item_ref_of
from plugins.payments.bank.safe_xml import instant_of, names_of


def read_pain_002(root: Any, *, file_id: str) -> FileReport:
    """A status of the whole is no status of a payment; only a refusal of the whole is one."""
    names = names_of(root)
    group = root.find(".//iso:OrgnlGrpInfAndSts", names)
    if group is None:
        raise FileRefused("a pain.002 that does not say which file it is about")
    batch_ref = batch_ref_of(group.findtext("iso:OrgnlMsgId", None, names))
    group_status = group.findtext("iso:GrpSts", None, names)
    at = instant_of(root.findtext(".//iso:GrpHdr/iso:CreDtTm", None, names))
    items: dict[str, Observation] = {}
    refused = [group] if group_status == "RJCT" else []
    for block in root.iterfind(".//iso:OrgnlPmtInfAndSts", names):
        block_status = block.findtext("iso:PmtInfSts", None, names)
        for payment in block.iterfind("iso:TxInfAndSts", names):
            status = payment.findtext("iso:TxSts", None, names) or block_status or group_status
            for each in _observed(payment, status, names):
                items[each.item_ref] = each  # named twice: what the bank says last
        if block_status == "RJCT" and block.find("iso:TxInfAndSts", names) is None:
            refused.append(block)
    batches: tuple[BatchObservation, ...] = ()
    if refused and not items and batch_ref is not None:
        code = _reason(refused[-1], names) or "RJCT"
        batches = (
            BatchObservation(
                batch_ref=batch_ref, state=ObservedState.FAILED, provider_code=code, occurred_at=at
            ),
        )
    return FileReport(file_id=file_id, items=tuple(items.values()), batches=batches)


def _observed(payment: Any, status: str | None, names: dict[str, str]) -> Iterator[Observation]:
    item_ref = item_ref_of(payment.findtext("iso:OrgnlEndToEndId", None, names))
    if item_ref is None:
        return  # not one of ours
    row = STATUSES.get(status or "")
    state = None if row is None else row.state
    reason = _reason(payment, names)
    known = REASONS.get(reason or "")
    is_bad = state is ObservedState.FAILED
    yield Observation(
        item_ref=item_ref,
        state=state,
        provider_code=reason if is_bad and reason else status,
        member_message=known.member_message if is_bad and known is not None else None,
        occurred_at=instant_of(payment.findtext("iso:AccptncDtTm", None, names)),
    )


def _reason(element: Any, names: dict[str, str]) -> str | None:
    found: str | None = element.findtext("iso:StsRsnInf/iso:Rsn/iso:Cd", None, names)
    return found or element.findtext("iso:StsRsnInf/iso:Rsn/iso:Prtry", None, names)
