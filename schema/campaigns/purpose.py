"""What data is for: as employers say it, and as workers read it."""

from __future__ import annotations

from typing import Self

import strawberry
from graphql import GraphQLError

from domain.campaigns.rules import AnnotationLicence, DataPurpose
from domain.campaigns.rules import DataUse as Use
from schema.campaigns import enums as _shown  # noqa: F401  # the enums used below


class PurposeDiffers(GraphQLError):
    """The data of this campaign is for something else than what it is asked for."""

    def __init__(self) -> None:
        message = "The data of this campaign may not be used for that purpose."
        super().__init__(message, extensions={"code": "PURPOSE_DIFFERS"})


@strawberry.type(description="What the employer may do with the data that workers hand in.")
class DataUse:
    purpose: DataPurpose = strawberry.field(description="What it is for.")
    details: str | None = strawberry.field(
        description="What exactly; null only for the employer's own service."
    )
    licence: AnnotationLicence | None = strawberry.field(
        description="Under which others may use it too; null means that nobody else may."
    )

    @classmethod
    def of(cls, use: Use) -> Self:
        return cls(purpose=use.purpose, details=use.details, licence=use.licence)


@strawberry.input(description="What the data of a campaign is for; fixed once it is funded.")
class DataUseInput:
    purpose: DataPurpose = strawberry.field(description="What it is for.")
    details: str | None = strawberry.field(
        default=None,
        description="What exactly, at most 300 characters; it may be absent only for the "
        "employer's own service, without a licence.",
    )
    licence: AnnotationLicence | None = strawberry.field(
        default=None, description="Under which others may use it too; null means nobody else."
    )

    def use(self) -> Use:
        return Use(purpose=self.purpose, details=self.details, licence=self.licence)
