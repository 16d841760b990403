"""Refusals of payouts that carry facts."""

from __future__ import annotations

import strawberry

from domain.access.operations import StepUpRequired
from domain.access.rules import Method
from domain.ledger.operations import BalanceTooLow
from domain.payouts import operations
from schema.errors import NO_PATHS, Paths, UserError, code_of, path_of, user_error
from schema.money import Money


@strawberry.type(description="The balance does not cover the amount.")
class BalanceTooLowError(UserError):
    available: Money = strawberry.field(description="What it holds.")


@strawberry.type(description="Only whole smallest units of the currency can be paid.")
class AmountNotPayableError(UserError):
    payable: Money = strawberry.field(description="The part that can be paid.")


@strawberry.type(description="Less than can be paid.")
class BelowMinimumError(UserError):
    minimum: Money = strawberry.field(description="How much it takes.")


@strawberry.type(description="More than can be paid at once.")
class AboveMaximumError(UserError):
    maximum: Money = strawberry.field(description="How much is possible.")


@strawberry.type(description="Exactly this action was not confirmed.")
class StepUpRequiredError(UserError):
    methods: list[Method] = strawberry.field(description="Ways to confirm; at most 3.")


@strawberry.type(description="What is wrong with one field of a destination.")
class DestinationProblem:
    field: str = strawberry.field(description="Its name.")
    code: str = strawberry.field(description="Stable within its provider.")
    message: str = strawberry.field(description="For people.")


@strawberry.type(description="The payout provider finds fault with the destination.")
class DestinationRefusedError(UserError):
    problems: list[DestinationProblem] = strawberry.field(description="One per fault; at most 20.")


@user_error.register(BalanceTooLow)
def balance_too_low_error(refusal: BalanceTooLow, paths: Paths = NO_PATHS) -> BalanceTooLowError:
    return BalanceTooLowError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        available=Money.of(refusal.available),
    )


@user_error.register(operations.AmountNotPayable)
def amount_not_payable_error(
    refusal: operations.AmountNotPayable, paths: Paths = NO_PATHS
) -> AmountNotPayableError:
    return AmountNotPayableError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        payable=Money.of(refusal.payable),
    )


@user_error.register(operations.BelowMinimum)
def below_minimum_error(
    refusal: operations.BelowMinimum, paths: Paths = NO_PATHS
) -> BelowMinimumError:
    return BelowMinimumError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        minimum=Money.of(refusal.minimum),
    )


@user_error.register(operations.AboveMaximum)
def above_maximum_error(
    refusal: operations.AboveMaximum, paths: Paths = NO_PATHS
) -> AboveMaximumError:
    return AboveMaximumError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        maximum=Money.of(refusal.maximum),
    )


@user_error.register(StepUpRequired)
def step_up_required_error(refusal: StepUpRequired, paths: Paths = NO_PATHS) -> StepUpRequiredError:
    return StepUpRequiredError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        methods=[Method.PASSWORD],
    )


@user_error.register(operations.DestinationRefused)
def destination_refused_error(
    refusal: operations.DestinationRefused, paths: Paths = NO_PATHS
) -> DestinationRefusedError:
    return DestinationRefusedError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        problems=[
            DestinationProblem(field=each.field, code=each.code, message=each.message)
            for each in refusal.problems
        ],
    )
