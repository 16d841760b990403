"""All that is the viewer's own, in one file."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.privacy import operations, queries
from domain.privacy.queries import ExportRecord
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import user_error
from schema.inputs import In
from schema.payloads import Payload
from schema.payouts.claims import claim_of
from schema.prices import Cost
from schema.scalars import URL

EXPORTS_MAX: Final = 5
EXPORT_PATH: Final = "/exports/{id}.zip"


@strawberry.type(description="An archive of all that is the viewer's own.")
class DataExport:
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    ready_at: datetime | None = strawberry.field(description="When it was written.")
    deleted_at: datetime | None = strawberry.field(description="When it goes.")
    url: URL | None = strawberry.field(
        description="A zip of JSON, one file per kind of data, and documents; for whoever has this "
        "address within ten minutes. Null until it is written."
    )

    @classmethod
    def of(cls, record: ExportRecord, context: Context) -> Self:
        services = context.services
        path = EXPORT_PATH.format(id=record.id.hex)
        url = URL(services.url + services.links.signed(path, now=context.now))
        return cls(
            asked_at=record.asked_at,
            ready_at=record.ready_at,
            deleted_at=record.until,
            url=None if record.ready_at is None else url,
        )


@strawberry.type(description="The viewer's archives.")
class ViewerExports:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The latest archives, newest first; at most 5. Needs profile:write.",
        directives=[Auth(scopes=["profile:write"]), Cost(weight=10, list_size=EXPORTS_MAX)],
    )
    async def data_exports(self, info: Info) -> list[DataExport] | None:
        return await _exports(info.context, self.key)


@strawberry.input(description="Asks for an archive of all that is the viewer's own.")
class DataExportAskInput:
    step_up_id: strawberry.ID = strawberry.field(
        description="A step-up for `dataExportAsk`, begun with `stepUpBegin`."
    )


@strawberry.type(description="Outcome of `dataExportAsk`.")
class DataExportAskPayload(Payload):
    data_export: DataExport | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class DataExportMutations:
    @strawberry.mutation(
        description="Take one's data along: an archive is written within minutes and kept for a "
        "week; see `viewer.dataExports`. Needs profile:write.",
        directives=[Auth(scopes=["profile:write"]), Cost(weight=100)],
    )
    async def data_export_ask(
        self, info: Info, input: In[DataExportAskInput]
    ) -> DataExportAskPayload | None:
        context = info.context
        try:
            member_id = context.signed_in().member_id
            await operations.ask_export(
                member_id=member_id,
                step_up=claim_of(context, input.step_up_id),
                vault=context.services.vault,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DataExportAskPayload(errors=[user_error(refusal, {})])
        latest, *_ = await _exports(context, member_id)
        return DataExportAskPayload(data_export=latest)


async def _exports(context: Context, member_id: UUID) -> list[DataExport]:
    found = await queries.exports_of(member_id=member_id, limit=EXPORTS_MAX, now=context.now)
    return [DataExport.of(each, context) for each in found]
