"""What is asked, of whom, and on whose behalf: three questions, each in four dialects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.trusted_documents.rules import document_id_of
from schema.ids import IdCodec, Tag
from tests.benchmarks.reads.rows import CAMPAIGN, MEMBER, Size, board_of, id_of, token_of

PAGE: Final = 50
COST_OF_Q2: Final = 8_856  # points, which only a trusted document may cost
STEP: Final = 7919  # a prime, so that Q1 jumps about


class Question(StrEnum):
    Q1 = "q1"
    Q2 = "q2"
    M1 = "m1"


MUST_HOLD: Final = {Question.Q1: '"title"', Question.Q2: '"stars"', Question.M1: "claimed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question, without a dialect."""

    question: Question
    viewer: int  # a member's number
    campaign: UUID | None = None
    category: str | None = None
    page: int = PAGE


def asked(question: Question, turn: int, size: Size) -> Asked:
    """The nth of its kind. No two of M1 are alike: a worker has one live claim per campaign."""
    match question:
        case Question.Q1:
            campaign = id_of(CAMPAIGN, turn * STEP % size.campaigns + 1)
            return Asked(question=question, viewer=size.employers + 1, campaign=campaign)
        case Question.Q2:
            employer, category = board_of(turn, size)
            return Asked(question=question, viewer=employer, category=category)
        case Question.M1:
            campaign_number, worker = claim_of(turn, size)
            campaign = id_of(CAMPAIGN, campaign_number)
            return Asked(question=question, viewer=worker, campaign=campaign)


def claim_of(turn: int, size: Size) -> tuple[int, int]:
    """An open campaign and a worker who has not been there; fill.sql says who has."""
    campaign = turn % size.open_campaigns + 1
    nth = turn // size.open_campaigns
    been = {(campaign * STEP + j * 31) % size.workers for j in range(8)}
    fresh = size.workers - len(been)
    assert nth < fresh, "more claims than pairs of a worker and a campaign"
    wish = (campaign * 101 + nth) % size.workers
    skipped = 0
    # The walk from the campaign's own start passes each of those who have been there once.
    start = campaign * 101 % size.workers
    for each in sorted((worker - start) % size.workers for worker in been):
        skipped += each <= nth + skipped
    return campaign, size.employers + 1 + (wish + skipped) % size.workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a server is asked; subclasses say what its answer means."""

    documents: dict[Question, str]

    def headers(self, asked: Asked) -> dict[str, str]:
        return {"x-viewer": str(id_of(MEMBER, asked.viewer))}

    def body(self, asked: Asked) -> dict[str, Any]:
        return {
            "query": self.documents[asked.question],
            "variables": self.variables(asked),
        }

    def variables(self, asked: Asked) -> Any:
        if asked.question is Question.Q2:
            return {"category": asked.category, "first": asked.page}
        return {"id": str(asked.campaign)}

    def campaign(self, data: Any) -> Any:
        return data["campaign"]

    def board(self, data: Any) -> Any:
        return data["board"]

    def claimed(self, data: Any) -> Any:
        return data["claim"]

    def request(self, asked: Asked) -> bytes:
        return wire(headers=self.headers(asked), body=self.body(asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours(Dialect):
    """Piecerate's own schema: opaque ids, and a session that is looked up for each request."""

    ids: IdCodec

    def headers(self, asked: Asked) -> dict[str, str]:
        return {"authorization": f"Bearer {token_of(asked.viewer)}"}

    def body(self, asked: Asked) -> dict[str, Any]:
        """By the id of a trusted document, as frontends in production ask."""
        text = self.documents[asked.question]
        return {"documentId": document_id_of(text), "variables": self.variables(asked)}

    def variables(self, asked: Asked) -> dict[str, Any]:
        if asked.question is Question.Q2:
            assert asked.category is not None
            return {"category": asked.category.upper(), "first": asked.page}
        assert asked.campaign is not None
        return {"id": self.ids.encode(Tag.CAMPAIGN, asked.campaign)}

    def board(self, data: Any) -> Any:
        return data["viewer"]["campaigns"]["nodes"]

    def claimed(self, data: Any) -> Any:
        return data["assignmentClaim"]["assignment"]


class Plain(Dialect):
    """The schema that the peers share; peers/schema.graphql has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated(Dialect):
    """What PostGraphile makes of our tables."""

    def variables(self, asked: Asked) -> dict[str, Any]:
        if asked.question is not Question.Q2:
            return {"id": str(asked.campaign)}
        viewer = str(id_of(MEMBER, asked.viewer))
        return {"viewer": viewer, "category": asked.category, "first": asked.page}

    def campaign(self, data: Any) -> Any:
        return data["campaignByRowId"]

    def board(self, data: Any) -> Any:
        return data["allCampaigns"]["nodes"]

    def claimed(self, data: Any) -> Any:
        return data["benchClaimPlace"]["result"]


class Text(Dialect):
    """The limit takes no document: the name of a statement, and its parameters in a row."""

    def variables(self, asked: Asked) -> list[Any]:
        viewer = str(id_of(MEMBER, asked.viewer))
        if asked.question is Question.Q2:
            return [viewer, asked.category, asked.page]
        return [str(asked.campaign), viewer]


def wire(*, headers: Mapping[str, str], body: Any) -> bytes:
    """A request as it goes over the wire."""
    content = msgspec.json.encode(body)
    lines = [
        "POST /graphql HTTP/1.1",
        "host: 127.0.0.1",
        "accept: application/json",
        "content-type: application/json",
        f"content-length: {len(content)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


OURS: Final = {
    Question.Q1: """query Q1($id: ID!) {
  campaign(id: $id) { id title category state reward { amount currency } createdAt }
}""",
    Question.Q2: """query Q2($category: CampaignCategory!, $first: Int!) {
  viewer {
    campaigns(where: { category: { eq: $category } }, first: $first) {
      nodes {
        id title category state createdAt
        reward { amount currency }
        employer { id country }
        assignments(first: 10) {
          nodes { id state claimedAt worker { id country } ratings { stars comment } }
        }
      }
    }
  }
}""",
    Question.M1: """mutation M1($id: ID!) {
  assignmentClaim(input: { campaignId: $id }) {
    assignment { id state claimedAt deadlineAt reward { amount currency } }
    errors { code }
  }
}""",
}
PLAIN: Final = {
    Question.Q1: """query Q1($id: ID!) {
  campaign(id: $id) { id title category state rewardMicros currency createdAt }
}""",
    Question.Q2: """query Q2($category: String!, $first: Int!) {
  board(category: $category, first: $first) {
    id title category state createdAt rewardMicros currency
    employer { id country }
    assignments(first: 10) {
      id state claimedAt worker { id country } ratings { stars comment }
    }
  }
}""",
    Question.M1: """mutation M1($id: ID!) {
  claim(campaignId: $id) { id state claimedAt deadlineAt rewardMicros currency }
}""",
}
GENERATED: Final = {
    Question.Q1: """query Q1($id: UUID!) {
  campaignByRowId(rowId: $id) {
    id: rowId title category state rewardMicros currency createdAt
  }
}""",
    Question.Q2: """query Q2($viewer: UUID!, $category: String!, $first: Int!) {
  allCampaigns(
    condition: { employerId: $viewer, category: $category }
    orderBy: [CREATED_AT_DESC, ROW_ID_DESC]
    first: $first
  ) {
    nodes {
      id: rowId title category state createdAt rewardMicros currency
      employer: memberByEmployerId { id: rowId country }
      assignments: assignmentsByCampaignId(
        orderBy: [CLAIMED_AT_DESC, ROW_ID_DESC]
        first: 10
      ) {
        nodes {
          id: rowId state claimedAt
          worker: memberByWorkerId { id: rowId country }
          ratings: ratingsByAssignmentId { nodes { stars comment } }
        }
      }
    }
  }
}""",
    Question.M1: """mutation M1($id: UUID!) {
  benchClaimPlace(input: { campaignId: $id }) {
    result { id: rowId state claimedAt deadlineAt rewardMicros currency }
  }
}""",
}
TEXT: Final = {question: question.value for question in Question}
