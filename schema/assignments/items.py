"""What was handed in, item by item."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from domain.assignments.rules import ItemRole
from domain.assignments.rules import SubmissionItem as Item
from domain.links import link_of
from domain.uploads.rules import UploadKind
from schema.context import Context, Info
from schema.leads import Link
from schema.surveys import SurveyAnswer
from schema.uploads import Upload, uploads_handed_in


@strawberry.type(description="A text that was handed in.")
class TextItem:
    role: ItemRole = strawberry.field(description="What it is for.")
    proof_id: strawberry.ID | None = strawberry.field(
        description="Which proof of the instructions it is."
    )
    text: str = strawberry.field(description="The text.")


@strawberry.type(description="A number that was handed in.")
class ScoreItem:
    role: ItemRole = strawberry.field(description="What it is for.")
    proof_id: strawberry.ID | None = strawberry.field(
        description="Which proof of the instructions it is."
    )
    score: int = strawberry.field(description="The number.")


@strawberry.type(description="Answers to the survey of the instructions.")
class SurveyItem:
    role: ItemRole = strawberry.field(description="What it is for.")
    proof_id: strawberry.ID | None = strawberry.field(description="Null: a survey is no proof.")
    answers: list[SurveyAnswer] = strawberry.field(description="In the order they came in.")


@strawberry.type(description="An address that was handed in.")
class LinkItem:
    role: ItemRole = strawberry.field(description="What it is for.")
    proof_id: strawberry.ID | None = strawberry.field(
        description="Which proof of the instructions it is."
    )
    link: Link = strawberry.field(description="The address.")


@strawberry.type(description="A file that was handed in.")
class FileItem:
    kind: UploadKind = strawberry.field(description="What kind of file.")
    role: ItemRole = strawberry.field(description="What it is for.")
    proof_id: strawberry.ID | None = strawberry.field(
        description="Which proof of the instructions it is."
    )
    key: strawberry.Private[UUID]

    @strawberry.field(description="The file.")
    async def upload(self, info: Info) -> Upload | None:
        record = await info.context.load(uploads_handed_in, self.key)
        return None if record is None else Upload.of(record, info.context)


AnyItem: TypeAlias = TextItem | ScoreItem | SurveyItem | LinkItem | FileItem
SubmissionItem: TypeAlias = Annotated[
    AnyItem,
    strawberry.union("SubmissionItem", description="One answer or proof. New kinds may appear."),
]


def item_of(item: Item, context: Context) -> AnyItem:
    proof_id = None if item.proof_id is None else strawberry.ID(item.proof_id)
    if item.answers is not None:
        answers = [SurveyAnswer.of(each) for each in item.answers]
        return SurveyItem(role=item.role, proof_id=proof_id, answers=answers)
    if item.url is not None:
        link = Link.of(link_of(item.url, own_host=context.services.own_host))
        return LinkItem(role=item.role, proof_id=proof_id, link=link)
    if item.text is not None:
        return TextItem(role=item.role, proof_id=proof_id, text=item.text)
    if item.upload_id is not None and item.file_kind is not None:
        kind = UploadKind(item.file_kind.value)
        return FileItem(kind=kind, role=item.role, proof_id=proof_id, key=item.upload_id)
    assert item.score is not None
    return ScoreItem(role=item.role, proof_id=proof_id, score=item.score)
