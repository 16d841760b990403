"""Tax forms that are right, for tests to change one thing of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from domain.taxes import operations
from domain.taxes.rules import WorkerStatus
from domain.taxes.rules.forms import Address, Classification, TaxForm
from domain.taxes.rules.numbers import NumberKind
from domain.taxes.rules.union_forms import SellerForm, VatForm
from domain.taxes.rules.us_forms import W9, W8Ben
from tests.make.members import BORN_ON
from tests.make.payouts import VAULT
from tests.make.world import World

WORKER_NAME: Final = "Wanda Worker"
US_ADDRESS: Final = Address(
    street="12 Elm St", city="Springfield", region="IL", postcode="62701", country="US"
)
MANILA: Final = Address(street="7 Mabini St", city="Manila", postcode="1000", country="PH")
PARIS: Final = Address(street="3 rue de la Paix", city="Paris", postcode="75002", country="FR")
SSN: Final = "536-90-4399"
PH_TIN: Final = "123-456-789-000"
FR_VAT_ID: Final = "FR 40 303265045"

W9_FORM: Final = W9(
    name=WORKER_NAME,
    classification=Classification.INDIVIDUAL,
    address=US_ADDRESS,
    tin_kind=NumberKind.SSN,
    tin=SSN,
    is_tin_correct=True,
    is_exempt_from_backup=True,
    is_us_person=True,
    is_fatca_code_correct=True,
    signed_name=WORKER_NAME,
)
W8BEN_FORM: Final = W8Ben(
    name=WORKER_NAME,
    citizenship="PH",
    residence=MANILA,
    foreign_tin=PH_TIN,
    born_on=BORN_ON,
    is_beneficial_owner=True,
    is_not_us_person=True,
    works_outside_us=True,
    signed_name=WORKER_NAME,
)
SELLER_FORM: Final = SellerForm(
    name=WORKER_NAME,
    address=PARIS,
    tin_country="FR",
    tin="30 23 217 600 053",
    born_on=BORN_ON,
    is_correct=True,
    signed_name=WORKER_NAME,
)
VAT_FORM: Final = VatForm(
    country="FR",
    status=WorkerStatus.BUSINESS,
    business_name="Atelier Wanda",
    address=PARIS,
    vat_id=FR_VAT_ID,
    is_correct=True,
    signed_name=WORKER_NAME,
)


def changed(form: Any, path: str, value: object) -> TaxForm:
    """The form with another value at `residence.country`."""
    first, _, rest = path.partition(".")
    found: TaxForm = replace(
        form, **{first: changed(getattr(form, first), rest, value) if rest else value}
    )
    return found


async def submitted_form(world: World, member_id: UUID, form: TaxForm) -> UUID:
    return await operations.submit_form(
        member_id=member_id, form=form, vault=VAULT, new_id=world.new_id, now=world.now
    )


TODAY: Final = date(2026, 11, 22)
