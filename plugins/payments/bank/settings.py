"""What an instance of the bank can be told, what it takes, and what a member must give."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from domain.money import MICROS_PER_UNIT, Money
from domain.payouts.provider import DestinationKind
from domain.provider import CurrencyLimits

VERSION: Final = "1"
EXPONENT: Final = 2  # both kinds of file have two decimals, whatever the currency
MINIMUM_MICROS: Final = 10_000
SEPA_KIND: Final = "sepa_iban"
ACH_KIND: Final = "us_account"
SEPA_NAME_MAX: Final = 70
TOWN_MAX: Final = 35
ACH_NAME_MAX: Final = 22
ACH_ACCOUNT_MAX: Final = 17
SEPA_BATCH_MAX: Final = 5_000
ACH_BATCH_MAX: Final = 2_500

Days = Annotated[int, msgspec.Meta(ge=0, le=30)]
FeeMicros = Annotated[int, msgspec.Meta(ge=0, le=100 * MICROS_PER_UNIT)]


class FileConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How a file reaches the bank.

    `staff`: it waits to be downloaded. `folder`: it is put there for the bank's own client
    to fetch; `journal` is a folder on the same disk that nobody but Piecerate touches.
    """

    deliver: Literal["folder", "staff"] = "staff"
    folder: str = ""
    journal: str = ""
    lead_days: Days = 1  # from the day the file is made to the day it is to be executed
    fee_micros: FeeMicros = 0  # what the bank charges us for each payment


class SepaConfig(FileConfig, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Our own account, as the bank knows it."""

    debtor_name: Annotated[str, msgspec.Meta(min_length=1, max_length=SEPA_NAME_MAX)]
    debtor_iban: str
    debtor_town: Annotated[str, msgspec.Meta(min_length=1, max_length=TOWN_MAX)]
    debtor_country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    debtor_bic: str = ""


class AchConfig(FileConfig, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What stands in the file's headers, from the bank's file guide.

    `immediate_dest` is the routing number of the bank that originates.
    """

    immediate_dest: Annotated[str, msgspec.Meta(pattern="^[0-9]{9}$")]
    immediate_dest_name: Annotated[str, msgspec.Meta(min_length=1, max_length=23)]
    immediate_org: Annotated[str, msgspec.Meta(pattern="^[0-9A-Z ]{9,10}$")]
    immediate_org_name: Annotated[str, msgspec.Meta(min_length=1, max_length=23)]
    company_id: Annotated[str, msgspec.Meta(pattern="^[0-9A-Z]{9,10}$")]
    company_name: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    entry_description: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9 ]{1,10}$")] = "TASK PAY"
    account: str = ""  # as statements name it; without it they are refused
    paid_after_banking_days: Days = 0  # without a return; 0: silence says nothing


SEPA_CURRENCIES: Final = {
    "EUR": CurrencyLimits(
        minimum=Money(MINIMUM_MICROS, "EUR"),
        maximum=Money(999_999_999_990_000, "EUR"),
        exponent=EXPONENT,
    )
}
ACH_CURRENCIES: Final = {
    "USD": CurrencyLimits(
        minimum=Money(MINIMUM_MICROS, "USD"),
        maximum=Money(99_999_999_990_000, "USD"),  # ten digits are all the room there is
        exponent=EXPONENT,
    )
}
# European Payments Council, EPC409-09, with the territories that have an account code of their own.
SEPA_COUNTRIES: Final = frozenset({
    "AD", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR",
    "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MT", "NL", "NO", "PL", "PT", "RO",
    "SE", "SI", "SK", "SM", "VA",
})  # fmt: skip
_COUNTRY: Final = {"type": "string", "pattern": "^[A-Z]{2}$"}
SEPA_DESTINATION: Final = DestinationKind(
    label_field="iban",
    schema={
        "type": "object",
        "required": ["holder_name", "iban", "town", "address_country"],
        "additionalProperties": False,
        "properties": {
            "holder_name": {
                "type": "string",
                "title": "Account holder, in Latin letters",
                "minLength": 1,
                "maxLength": SEPA_NAME_MAX,
            },
            "iban": {"type": "string", "title": "IBAN", "minLength": 15, "maxLength": 42},
            "town": {
                "type": "string",
                "title": "Town where the holder lives",
                "minLength": 1,
                "maxLength": TOWN_MAX,
            },
            "address_country": {**_COUNTRY, "title": "Country where the holder lives"},
        },
    },
)
ACH_DESTINATION: Final = DestinationKind(
    label_field="account_number",
    schema={
        "type": "object",
        "required": ["holder_name", "routing_number", "account_number", "account_type"],
        "additionalProperties": False,
        "properties": {
            "holder_name": {
                "type": "string",
                "title": "Account holder, as the bank writes it",
                "minLength": 1,
                "maxLength": ACH_NAME_MAX,
            },
            "routing_number": {
                "type": "string",
                "title": "Routing number",
                "pattern": "^[0-9]{9}$",
            },
            "account_number": {
                "type": "string",
                "title": "Account number",
                "pattern": "^[0-9A-Za-z-]{1,17}$",
            },
            "account_type": {
                "type": "string",
                "title": "Kind of account",
                "enum": ["checking", "savings"],
            },
        },
    },
)
