"""How a client sees a refusal: one interface, typed kinds, stable codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, unique
from functools import singledispatch
from typing import Any, Final

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.utils.str_converters import to_camel_case

from domain.errors import InvalidInput, NotFound, Refused
from schema.enums import show_enum
from schema.languages.catalogue import say
from schema.languages.negotiation import Language


class InvalidId(Refused):
    """Malformed or of another type; looks just like the id of something hidden."""

    code = "INVALID_ID"

    def __init__(self, *path: str) -> None:
        super().__init__("no such object, or none that the viewer may use")
        self.path = path


class SignInRequired(Refused):
    """A change that only a signed-in member can make."""

    code = "SIGN_IN_REQUIRED"


@unique
class ErrorCode(Enum):
    """Every `Refused.code`, a test holds it; the value is what the SDL says of it."""

    ABOVE_MAXIMUM = "More than can be paid at once; `maximum` says how much."
    AGREEMENT_OUTDATED = "The text has changed since: read it again."
    ALREADY_INVITED = "The viewer has an open invitation to this address."
    ALREADY_RATED = "The viewer has rated this assignment."
    AMOUNT_NOT_PAYABLE = "Only whole smallest units can be paid; `payable` is the part that can."
    BALANCE_TOO_LOW = "The balance does not cover the amount; `available` says what it holds."
    BELOW_MINIMUM = "Less than can be paid; `minimum` says how much it takes."
    BODY_FORGOTTEN = "The body of this event is no longer kept."
    CHANGE_WAITING = "A request about this waits for staff already."
    CHECKS_PASSED = "The worker answered the questions of the instructions well enough."
    CLOSING_HINDERED = "Something has to end first; `obstacles` says what."
    CONSENT_REQUIRED = "A policy is in force that the viewer has not agreed to."
    COOKIE_IMPOSSIBLE = "This connection cannot carry a cookie."
    CREDIT_TOO_HIGH = "More than is left of the document; `left` says how much that is."
    DEADLINE_PASSED = "The time to hand in is over."
    DESTINATION_REFUSED = "The payout provider finds fault with the fields; `problems` names them."
    DOCUMENT_INVALID = "Authorities' rules refuse the document; `problems` names them."
    EARNINGS_HELD = "What holds payouts back holds the earnings back; `problem` says what."
    EMAIL_TAKEN = "Somebody is registered with this address."
    EMPLOYER_UNVERIFIED = "More than an employer may offer whom nobody has verified."
    EXPORT_WAITING = "The last archive is not ready yet."
    FILE_KNOWN = "This file was read before."
    FILE_UNREADABLE = "The provider's plugin cannot read this file."
    HELD_ALREADY = "A legal hold stands on this member's data."
    HOST_BLOCKED = "Staff have blocked a host that it leads to; `host` says which."
    IDEMPOTENCY_IN_PROGRESS = "The first request with this idempotency key is still running."
    IDEMPOTENCY_MISMATCH = "The same idempotency key came with another input."
    INSUFFICIENT_FUNDS = "An account would fall below zero."
    INVALID_ID = "The id is malformed, of another type, or of nothing the viewer may use."
    INVALID_INPUT = "A value of the right type that breaks a rule; `path` leads to it."
    INVALID_TRANSITION = "The object's state does not allow this; see `availableTransitions`."
    LEVEL_NOT_OFFERED = "No rule makes this level of verification for the viewer."
    MEMBER_RESTRICTED = "A suspension of the viewer is looked at, or lasts: nothing new is begun."
    NOT_ALLOWED = "The viewer may see the object, but lacks the role that the change needs."
    NOT_ELIGIBLE = "The viewer cannot claim here; `reasons` says why."
    NOT_FOUND = "It does not exist, or is not the viewer's to see."
    NOT_SETTLED = "Ratings come after the final decision."
    NO_DEPOSIT_PROVIDER = "Nobody takes this currency just now."
    NO_ROUTE = "Nobody pays this currency to such a destination."
    NO_TASKS = "The campaign has no tasks yet."
    PASSWORD_TOO_WEAK = "Too short, too common, or too close to the member's data."  # noqa: S105  # a code
    PERIOD_CLOSED = "The accounting month is closed."
    POLICY_OUTDATED = "A newer version is in force: agree to that one."
    POLICY_TOO_SOON = "A material change is posted 30 days ahead, and none in the past."
    PRICE_BELOW_FLOOR = "The category pays more in some zone; `floor` says how much at least."
    QUOTE_EXPIRED = "The quote is too old, or of another payout."
    QUOTE_NEEDED = "The member pays a fee here: ask `payoutQuote` and send its token."
    REFERENCE_RULE_MISSING = "Nobody has entered what the law says about this case."
    REFERRAL_CODE_UNKNOWN = "No member's link has this code."
    REFUND_UNSUPPORTED = "The deposit's provider gives nothing back by itself."
    REJECTIONS_USED_UP = "The campaign may reject no more without staff."
    RETRY_LATER = "A new attempt to be verified is not allowed yet, or not at all."
    SECOND_PERSON_NEEDED = "Another person must do this: four eyes."
    SERVER_BUSY = "Too many people are signing in at this moment; try again soon."
    SIGN_IN_REQUIRED = "Only a signed-in member can do this."
    SOURCE_NOT_AGREED = "The member does not agree to data from this source."
    STEP_UP_REQUIRED = "Confirm exactly this action first: `stepUpBegin`, `stepUpComplete`."
    TAX_FORM_INVALID = "A field of the tax form is not right; `problem` says how."
    TOO_MANY_ATTEMPTS = "Too many attempts; `retryAfterSeconds` says how long to wait."
    TOO_MANY_ENDPOINTS = "A member has at most 10 webhook endpoints."
    TOO_YOUNG = "Members are at least 18 years old."
    UPLOADS_USED_UP = "Too many files wait to be handed in."
    VAT_UNDECIDED = "Finance has to say which VAT this sale has."
    WEBHOOK_DOCUMENT_REFUSED = "The query could not write a payload; `problems` says why."
    WRONG_CREDENTIALS = "No member has this address and this password."


show_enum(
    ErrorCode,
    description="Why the answer was no. New codes may appear: treat an unknown one as a no.",
    values={code: code.value for code in ErrorCode},
)


class InLanguage(FieldExtension):
    """Translates when the answer is written: only then it is known who reads it."""

    def resolve(
        self,
        next_: Callable[..., Any],  # noqa: ARG002  # gives what `source.message` says
        source: UserError,
        info: strawberry.Info[Any, None],
        **_: Any,
    ) -> str:
        return message_in(info.context.language, source)


@strawberry.interface(description="An expected no. New kinds may appear.")
class UserError:
    code: ErrorCode = strawberry.field(description="Stable; switch on it.")
    message: str = strawberry.field(
        description="For people, in the language of the request; never parse it.",
        extensions=[InLanguage()],
    )
    path: list[str] = strawberry.field(
        description='Path into `input`, such as `["amount"]`; empty when no field is to blame.'
    )


@strawberry.type(description="A refusal without further facts.")
class PlainError(UserError):
    pass


def message_in(language: Language, error: UserError) -> str:
    """English says what the refusal itself says, which may be more than the catalogue knows."""
    if language is Language.EN:
        return error.message
    code, facts = error.code.name, vars(error)
    said = say(code, language, facts)
    if said is None:
        return error.message
    if error.code is ErrorCode.INVALID_INPUT:
        return f"{said} ({error.message})"
    reasons = [each for fact in facts.values() for each in _values(fact)]
    more = [say(f"{code}.{each.name}", language, facts) for each in reasons]
    return " ".join([said, *filter(None, more)])


def _values(fact: object) -> list[Enum]:
    """Of the enums among the facts, such as `reasons` of `NotEligibleError`."""
    return [each for each in (fact if isinstance(fact, list) else [fact]) if isinstance(each, Enum)]


# Where an operation's argument stands in the input when not under its own name; under "" the id
# that is at fault when the operation says that something does not exist.
Paths = Mapping[str, list[str]]
NO_PATHS: Final[Paths] = {}


@singledispatch
def user_error(refusal: Refused, paths: Paths = NO_PATHS) -> UserError:
    return PlainError(code=code_of(refusal), message=str(refusal), path=path_of(refusal, paths))


def code_of(refusal: Refused) -> ErrorCode:
    return ErrorCode[refusal.code]


def path_of(refusal: Refused, paths: Paths = NO_PATHS) -> list[str]:
    if isinstance(refusal, InvalidInput | InvalidId) and refusal.path:
        first, *rest = (to_camel_case(step) for step in refusal.path)
        return [*paths.get(refusal.path[0], [first]), *rest]
    if refusal.argument is None:
        return []
    return list(paths.get(refusal.argument, [to_camel_case(refusal.argument)]))


@user_error.register(NotFound)
def not_found_error(refusal: NotFound, paths: Paths = NO_PATHS) -> UserError:
    """An id of something hidden answers just as a malformed one does."""
    path = path_of(refusal, paths) or paths.get("", [])
    if type(refusal).code == NotFound.code and path:
        return user_error(InvalidId(*path))
    return PlainError(code=code_of(refusal), message=str(refusal), path=path)
