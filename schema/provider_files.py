"""Files of banks and providers: one person brings them, another one confirms what they say."""

from __future__ import annotations

import binascii
from base64 import b64decode
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.payouts.provider import ObservedState
from domain.provider_inbox import operations, queries
from domain.provider_inbox.operations import FileUnreadable
from domain.provider_inbox.queries import FileRecord
from domain.provider_inbox.rules import FileArrivals, FileOutcome, FileState
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.money import Money
from schema.payloads import MoneyPayload, Payload
from schema.prices import Cost

FINANCE: Final = [Auth(scopes=["finance:write"]), Cost(weight=20)]
FILE: Final[Paths] = {"": ["fileId"]}
REFS_MAX: Final = 100
FILES_MAX: Final = 20
OUTCOMES_MAX: Final = 10
CONTENT_LENGTH_MAX: Final = (
    900_000  # of a request's million; larger ones by `piecerate payouts file`
)

show_enum(
    FileState,
    name="ProviderFileState",
    description="What became of a file.",
    values={
        FileState.WAITING: "For a second person; nothing of it counts.",
        FileState.CONFIRMED: "By a second person; it is being carried out.",
        FileState.APPLIED: "What it says counts.",
        FileState.DECLINED: "Nothing of it counts; the true one may come under the same name.",
        FileState.SUPERSEDED: "It was read again, for what was unclear in it.",
    },
)
show_enum(
    ObservedState,
    name="ProviderFileWord",
    description="What a file says of payments.",
    values={
        ObservedState.ACCEPTED: "The provider has them.",
        ObservedState.PENDING: "It works on them.",
        ObservedState.ON_HOLD: "It keeps them back.",
        ObservedState.UNCLAIMED: "They wait for their members.",
        ObservedState.PAID: "Delivered: they are booked as paid.",
        ObservedState.CANCELLED: "Given back: the members' earnings get them back.",
        ObservedState.FAILED: "Refused: the members' earnings get them back.",
        ObservedState.RETURNED: "Came back: the members' earnings get them back.",
        ObservedState.REFUNDED: "Sent back by the payees: the members' earnings get them back.",
        ObservedState.REVERSED: "Taken back: the members' earnings get them back.",
    },
)


@strawberry.type(description="What a file says of some payments, added up by what we sent.")
class ProviderFileOutcome:
    word: ObservedState = strawberry.field(description="What it says.")
    count: int = strawberry.field(description="Of how many payments of ours.")
    total: Money = strawberry.field(description="What we sent with them, not what the file says.")

    @classmethod
    def of(cls, outcome: FileOutcome) -> Self:
        return cls(word=outcome.state, count=outcome.count, total=Money.of(outcome.total))


@strawberry.type(description="What a file says came to our account, in one currency.")
class ProviderFileArrivals:
    count: int = strawberry.field(description="So many payments.")
    named_count: int = strawberry.field(
        description="So many of them name a deposit of ours; the others wait to be allocated."
    )
    total: Money = strawberry.field(description="Of all of them, as the file says.")

    @classmethod
    def of(cls, arrivals: FileArrivals) -> Self:
        return cls(
            count=arrivals.count,
            named_count=arrivals.named_count,
            total=Money.of(arrivals.total),
        )


@strawberry.type(description="A file that staff have brought.")
class ProviderFile:
    file_id: strawberry.ID = strawberry.field(description="For `providerFileConfirm`.")
    instance: str = strawberry.field(description="Whose file it is.")
    external_id: str = strawberry.field(description="Its own name inside.")
    sha256: str = strawberry.field(description="Of its bytes, in hex: compare it with the bank's.")
    name: str = strawberry.field(description="As staff called it.")
    state: FileState = strawberry.field(description="What became of it.")
    outcomes: list[ProviderFileOutcome] = strawberry.field(
        description="What it says of payments of ours, at most 10 sums.",
        directives=[Cost(list_size=OUTCOMES_MAX)],
    )
    arrivals: list[ProviderFileArrivals] = strawberry.field(
        description="What it says came to our account, at most 10 sums.",
        directives=[Cost(list_size=OUTCOMES_MAX)],
    )
    byte_count: int = strawberry.field(description="How long it is.")
    item_count: int = strawberry.field(description="Payments and batches that it names.")
    line_count: int = strawberry.field(description="Lines to hold against the books.")
    unknown_count: int = strawberry.field(description="References that nothing of ours has.")
    differing_count: int = strawberry.field(
        description="Payments with another amount than was sent; they will be frozen."
    )
    unclear_count: int = strawberry.field(
        description="Batches booked as a whole that did not fit ours; then it may come again."
    )
    read_by_id: strawberry.ID | None = strawberry.field(
        description="Who brought it; null for the command line."
    )
    read_at: datetime = strawberry.field(description="When.")
    decided_by_id: strawberry.ID | None = strawberry.field(
        description="Who confirmed or declined it; null while nobody has."
    )
    decided_at: datetime | None = strawberry.field(description="When.")
    note: str | None = strawberry.field(description="Why it was declined.")

    @classmethod
    def of(cls, record: FileRecord, context: Context) -> Self:
        return cls(
            file_id=context.ids.encode(Tag.PROVIDER_FILE, record.id),
            instance=record.instance_id,
            external_id=record.file_id,
            sha256=record.digest,
            name=record.name,
            state=record.state,
            outcomes=[ProviderFileOutcome.of(each) for each in record.outcomes[:OUTCOMES_MAX]],
            arrivals=[ProviderFileArrivals.of(each) for each in record.arrivals[:OUTCOMES_MAX]],
            byte_count=record.byte_count,
            item_count=record.item_count,
            line_count=record.line_count,
            unknown_count=record.unknown_count,
            differing_count=record.differing_count,
            unclear_count=record.unclear_count,
            read_by_id=_member(record.read_by, context),
            read_at=record.read_at,
            decided_by_id=_member(record.decided_by, context),
            decided_at=record.decided_at,
            note=record.note,
        )


@strawberry.type(description="Files, for finance.")
class FileOversight:
    @strawberry.field(
        description="Files that staff have brought, those that wait for a second person first, "
        "at most 20.",
        directives=[Cost(weight=5, list_size=FILES_MAX)],
    )
    async def provider_files(self, info: Info) -> list[ProviderFile] | None:
        found = await queries.files(limit=FILES_MAX)
        return [ProviderFile.of(each, info.context) for each in found]


@strawberry.input(description="Brings a file of a provider, such as a bank's statement.")
class ProviderFileReadInput:
    instance: str = strawberry.field(description="Whose file it is.")
    name: str = strawberry.field(description="As staff call it.")
    content: str = strawberry.field(
        description="The bytes in base64, at most 900000 characters; larger ones are read by "
        "`piecerate payouts file`."
    )


@strawberry.input(description="Confirms a file that another person brought.")
class ProviderFileConfirmInput(Wish):
    file_id: strawberry.ID = strawberry.field(description="Of `providerFiles`.")


@strawberry.input(description="Says that nothing of a file counts.")
class ProviderFileDeclineInput:
    file_id: strawberry.ID = strawberry.field(description="Of `providerFiles`.")
    note: str = strawberry.field(description="Why, in one line of at most 1000 characters.")


@strawberry.type(description="Outcome of `providerFileRead`.")
class ProviderFileReadPayload(Payload):
    file: ProviderFile | None = strawberry.field(default=None, description="Null on refusal.")
    changed_count: int | None = strawberry.field(
        default=None, description="Payments that it moved on at once; null on refusal."
    )
    line_count: int | None = strawberry.field(
        default=None, description="Lines that are held against the books; null on refusal."
    )
    unknown_refs: list[str] | None = strawberry.field(
        default=None,
        description="References that nothing of ours has, at most 100; null on refusal.",
        directives=[Cost(list_size=REFS_MAX)],
    )
    unclear_batches: list[str] | None = strawberry.field(
        default=None,
        description="Batches booked as a whole that do not fit ours, at most 100; null on refusal.",
        directives=[Cost(list_size=REFS_MAX)],
    )


@strawberry.type(description="Outcome of `providerFileConfirm`.")
class ProviderFileConfirmPayload(MoneyPayload):
    file: ProviderFile | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `providerFileDecline`.")
class ProviderFileDeclinePayload(Payload):
    file: ProviderFile | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class ProviderFileMutations:
    @strawberry.mutation(
        description="Bring a file of a provider, once. What tells of progress counts at once; "
        "what ends a payment, and lines of a statement, wait for `providerFileConfirm`. "
        "Needs finance:write.",
        directives=FINANCE,
    )
    async def provider_file_read(
        self, info: Info, input: In[ProviderFileReadInput]
    ) -> ProviderFileReadPayload | None:
        context = info.context
        try:
            read = await operations.read_file(
                instance_id=input.instance,
                name=input.name,
                content=bytes_of(input.content),
                read_by=context.signed_in().member_id,
                news=context.services.news,
                vault=context.services.vault,
                clock=context.services.clock,
                new_id=context.services.new_id,
            )
        except Refused as refusal:
            return ProviderFileReadPayload(errors=[user_error(refusal, {"": ["instance"]})])
        return ProviderFileReadPayload(
            file=await shown(context, read.file_id),
            changed_count=read.changed,
            line_count=read.lines,
            unknown_refs=list(read.unknown[:REFS_MAX]),
            unclear_batches=list(read.unclear[:REFS_MAX]),
        )

    @strawberry.mutation(
        description="Confirm what a file says that another person brought; it is carried out "
        "soon after. Needs finance:write.",
        directives=FINANCE,
    )
    async def provider_file_confirm(
        self, info: Info, input: In[ProviderFileConfirmInput]
    ) -> ProviderFileConfirmPayload | None:
        context = info.context
        try:
            file_id = context.ids.decode(Tag.PROVIDER_FILE, input.file_id, "file_id")
            viewer = context.signed_in()
            done = await operations.confirm_file(
                file_id=file_id,
                member_id=viewer.member_id,
                key=key_of("providerFileConfirm", input, viewer=viewer),
                now=context.now,
            )
        except Refused as refusal:
            return ProviderFileConfirmPayload(errors=[user_error(refusal, FILE)])
        return ProviderFileConfirmPayload(
            file=await shown(context, file_id), replayed=done.replayed
        )

    @strawberry.mutation(
        description="Say that nothing of a file counts that waits for a second person; whoever "
        "brought it may. Needs finance:write.",
        directives=FINANCE,
    )
    async def provider_file_decline(
        self, info: Info, input: In[ProviderFileDeclineInput]
    ) -> ProviderFileDeclinePayload | None:
        context = info.context
        try:
            file_id = context.ids.decode(Tag.PROVIDER_FILE, input.file_id, "file_id")
            await operations.decline_file(
                file_id=file_id,
                member_id=context.signed_in().member_id,
                note=input.note,
                now=context.now,
            )
        except Refused as refusal:
            return ProviderFileDeclinePayload(errors=[user_error(refusal, FILE)])
        return ProviderFileDeclinePayload(file=await shown(context, file_id))


async def shown(context: Context, file_id: UUID) -> ProviderFile:
    return ProviderFile.of((await queries.files_by_id(ids=[file_id]))[file_id], context)


def bytes_of(content: str) -> bytes:
    """Refuses with `FileUnreadable`."""
    if len(content) > CONTENT_LENGTH_MAX:
        raise FileUnreadable(f"over {CONTENT_LENGTH_MAX} characters")
    try:
        return b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FileUnreadable("no base64") from error


def _member(member_id: UUID | None, context: Context) -> strawberry.ID | None:
    return None if member_id is None else context.ids.encode(Tag.MEMBER, member_id)
