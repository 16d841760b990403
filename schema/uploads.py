"""Files that members hand in: a ticket, the bytes outside of GraphQL, then the id in an input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.assignments import operations, queries
from domain.errors import InvalidInput, Refused
from domain.uploads.queries import UploadRecord
from domain.uploads.rules import TICKET_TIME, UploadKind, UploadState, Wanted
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.links import LIVES
from schema.node import Node, node_kind, object_of
from schema.payloads import Payload
from schema.prices import Cost
from schema.read_model import Mapped, read_as
from schema.scalars import URL

PUT_PATH: Final = "/files/{id}"  # where `gateway.files` takes it
GET_PATH: Final = "/files/{id}/content"  # and gives it
ASSIGNMENT: Final = {"": ["assignmentId"]}
SHA256_DIGITS: Final = 64

show_enum(
    UploadKind,
    description="Kind of a file.",
    values={
        UploadKind.IMAGE: "JPEG, PNG or WebP; at most 10 MB and 50 million pixels.",
        UploadKind.AUDIO: "MP3, WAV, Ogg, MP4 or WebM; at most 25 MB.",
        UploadKind.VIDEO: "MP4 or WebM; at most 100 MB.",
        UploadKind.FILE: "PDF, ZIP, text or CSV in UTF-8; at most 10 MB.",
    },
)
show_enum(
    UploadState,
    description="State of an upload.",
    values={
        UploadState.ASKED: "Its bytes have not come.",
        UploadState.CHECKED: "Its bytes are what was said; it can be handed in.",
        UploadState.ATTACHED: "Handed in, for good.",
        UploadState.DROPPED: "Never handed in, so it is deleted.",
    },
)


@strawberry.type(description="A file of a member, for one assignment.")
class Upload(Node):
    kind: UploadKind = strawberry.field(description="What kind of file.")
    media_type: str = strawberry.field(description="As its bytes are, such as `image/png`.")
    byte_count: int = strawberry.field(
        description="How many bytes it has; those that were said, until they came."
    )
    sha256: str = strawberry.field(description="Of the same bytes, in 64 hexadecimal digits.")
    sent_sha256: str = strawberry.field(
        description="Of the bytes as the member sent them: a picture is kept without its metadata."
    )
    state: UploadState = strawberry.field(description="Where it stands.")
    asked_at: datetime = strawberry.field(description="When its ticket was asked for.")
    url: URL | None = strawberry.field(
        description="Its bytes, for whoever has the address, for 10 minutes; null until they came."
    )

    @classmethod
    def of(cls, record: UploadRecord, context: Context) -> Self:
        is_kept = record.state is not UploadState.ASKED
        shown = record.kept or record.wanted
        return cls(
            id=context.ids.encode(Tag.UPLOAD, record.id),
            kind=record.wanted.kind,
            media_type=record.wanted.media_type,
            byte_count=shown.byte_count,
            sha256=shown.sha256.hex(),
            sent_sha256=record.wanted.sha256.hex(),
            state=record.state,
            asked_at=record.asked_at,
            url=content_url(context, record.id if is_kept else None),
        )


@strawberry.input(description="Asks for an address to send one file to.")
class UploadTicketCreateInput:
    assignment_id: strawberry.ID = strawberry.field(
        description="A claim of the viewer's that is to be handed in."
    )
    kind: UploadKind = strawberry.field(description="What kind of file.")
    media_type: str = strawberry.field(description="Such as `image/png`; the bytes must agree.")
    byte_count: int = strawberry.field(description="Exactly how many bytes will come.")
    sha256: str = strawberry.field(description="Of the bytes, in 64 hexadecimal digits.")

    def wanted(self) -> Wanted:
        """Refuses with `InvalidInput`."""
        is_hex = len(self.sha256) == SHA256_DIGITS and self.sha256.isascii()
        try:
            digest = bytes.fromhex(self.sha256) if is_hex else b""
        except ValueError:
            digest = b""
        if not digest:
            raise InvalidInput("64 hexadecimal digits", path=("sha256",))
        return Wanted(
            kind=self.kind,
            media_type=self.media_type,
            byte_count=self.byte_count,
            sha256=digest,
        )


@strawberry.type(description="Outcome of `uploadTicketCreate`.")
class UploadTicketCreatePayload(Payload):
    upload: Upload | None = strawberry.field(default=None, description="Null on refusal.")
    url: URL | None = strawberry.field(
        default=None, description="PUT the bytes here, once; null on refusal."
    )
    valid_until: datetime | None = strawberry.field(
        default=None, description="Until then; null on refusal."
    )


@strawberry.type(description="Changes.")
class UploadMutations:
    @strawberry.mutation(
        description="Ask for an address to send a file of work to. What is never handed in is "
        "deleted after a day. Needs assignments:write.",
        directives=[Auth(scopes=["assignments:write"]), Cost(weight=10)],
    )
    async def upload_ticket_create(
        self, info: Info, input: In[UploadTicketCreateInput]
    ) -> UploadTicketCreatePayload | None:
        context = info.context
        try:
            key = await operations.begin_upload(
                worker_id=context.signed_in().member_id,
                assignment_id=context.ids.decode(
                    Tag.ASSIGNMENT, input.assignment_id, "assignment_id"
                ),
                wanted=input.wanted(),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return UploadTicketCreatePayload(errors=[user_error(refusal, ASSIGNMENT)])
        upload: Upload | None = await object_of(context.renewed(), Tag.UPLOAD, key)
        return UploadTicketCreatePayload(
            upload=upload,
            url=_signed(PUT_PATH, context, key),
            valid_until=context.now + min(TICKET_TIME, LIVES),
        )


def content_url(context: Context, key: UUID | None) -> URL | None:
    """Of what is there; whoever was given the upload may have its bytes."""
    return None if key is None else _signed(GET_PATH, context, key)


def _signed(path: str, context: Context, key: UUID) -> URL:
    services = context.services
    place = path.format(id=context.ids.encode(Tag.UPLOAD, key))
    return URL((services.files_url or services.url) + services.links.signed(place, now=context.now))


async def uploads_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, UploadRecord]:
    if context.viewer_id is None:
        return {}
    return await queries.uploads_by_id(ids=keys, viewer_id=context.viewer_id)


async def uploads_handed_in(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, UploadRecord]:
    """Of submissions that the viewer was given."""
    return await queries.uploads_handed_in(ids=keys)


node_kind(Tag.UPLOAD, load=uploads_seen, show=Upload.of)
read_as("Upload", Mapped(entity="Upload", tag=Tag.UPLOAD, written={"url": content_url}))
