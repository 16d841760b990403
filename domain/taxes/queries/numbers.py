"""The number that a check is about, with the name signed beside it; opened by the vault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from domain.given import Vault
from domain.taxes.queries.forms import current_form, open_forms
from domain.taxes.rules.forms import FormKind
from domain.taxes.rules.numbers import TaxNumber

# Where a number stands on a form; the first of these forms that a member gave has it.
_OF_TAX: Final = {
    FormKind.W9: "tin",
    FormKind.SELLER: "tin",
    FormKind.W8BEN: "tin",
    FormKind.VAT: "tax_number",
}
_OF_VAT: Final = {FormKind.VAT: "vat_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedNumber:
    """For who asks an authority about it, and nobody else."""

    form_id: UUID
    number: TaxNumber
    holder_name: str = field(repr=False)


async def certified_tax_number(*, member_id: UUID, vault: Vault) -> CertifiedNumber | None:
    """Of the forms that stand; None also of whom we were asked to forget."""
    return await _first(member_id, _OF_TAX, vault)


async def certified_vat_id(*, member_id: UUID, vault: Vault) -> CertifiedNumber | None:
    """As above."""
    return await _first(member_id, _OF_VAT, vault)


async def _first(
    member_id: UUID, fields: dict[FormKind, str], vault: Vault
) -> CertifiedNumber | None:
    for kind, name in fields.items():
        form = await current_form(member_id=member_id, kind=kind)
        shown = form and next((each for each in form.numbers if each.field == name), None)
        if not form or not shown:
            continue
        opened = (await open_forms(ids=[form.id], vault=vault)).get(form.id)
        if opened is None:
            return None
        return CertifiedNumber(
            form_id=form.id,
            number=TaxNumber(kind=shown.kind, country=shown.country, value=opened.numbers[name]),
            holder_name=opened.content["business_name" if kind is FormKind.VAT else "name"],
        )
    return None
