"""Money as clients write and read it: decimal text and a currency, never a float."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Self

import strawberry

from domain import money as domain_money
from domain.errors import InvalidInput
from domain.money import AMOUNT_MICROS_MAX, MICRO_DIGITS
from schema.enums import show_enum


class CurrencyCode(Enum):
    """The currencies of `domain.money.EXPONENTS`; a test holds the two equal."""

    BRL = "Brazilian real."
    EUR = "Euro."
    GBP = "Pound sterling."
    INR = "Indian rupee."
    JPY = "Japanese yen; has no decimals."
    KWD = "Kuwaiti dinar; has three decimals."
    MXN = "Mexican peso."
    PHP = "Philippine peso."
    USD = "United States dollar."


show_enum(
    CurrencyCode,
    description="ISO 4217 code of a currency we hold accounts in.",
    values={code: code.value for code in CurrencyCode},
)


@strawberry.type(description="An amount of one currency. Never a float.")
class Money:
    amount: Decimal = strawberry.field(
        description='The amount in units of the currency, such as `"12.50"`.'
    )
    currency: CurrencyCode = strawberry.field(description="The currency of the amount.")

    @classmethod
    def of(cls, money: domain_money.Money) -> Self:
        return cls(
            amount=Decimal(domain_money.amount_text(money)),
            currency=CurrencyCode[money.currency],
        )


@strawberry.input(description="An amount of one currency.")
class MoneyInput:
    amount: Decimal = strawberry.field(
        description='The amount in units of the currency, such as `"12.50"`.'
    )
    currency: CurrencyCode = strawberry.field(description="The currency of the amount.")

    def positive(self, *path: str) -> domain_money.Money:
        """`path` is where it stands in the input. Refuses with `InvalidInput`."""
        micros = int(self.amount.scaleb(MICRO_DIGITS))  # exact: the scalar allows six digits
        if not 0 < micros <= AMOUNT_MICROS_MAX:
            raise InvalidInput("the amount must be above zero", path=(*path, "amount"))
        return domain_money.Money(micros, self.currency.name)
