"""What a page costs in ten times the rows, and deep in a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.benchmarks.reads.load import Found
from tests.benchmarks.reads.measuring import Bench
from tests.benchmarks.reads.questions import Question, asked, wire
from tests.benchmarks.reads.servers import Served

PAGE: Final = 20
STRIDE: Final = 100  # the walk to a deep page takes large steps
DEEP: Final = 400
LIST: Final = """query List($first: Int!, $after: Cursor) {
  campaigns(first: $first, after: $after) {
    nodes { id title category state reward { amount currency } createdAt }
    pageInfo { endCursor hasNextPage }
  }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    what: str
    campaigns: int
    found: Found


def costs(bench: Bench, server: Served) -> list[Cost]:
    """Q1, Q2, and the first page and a deep one of the public list."""
    deep = min(DEEP, bench.size.campaigns // PAGE * 9 // 10)
    cursor = cursor_before(server, bench, page=deep)
    pages = {"first page of 20": None, f"page {deep} of 20": cursor}
    found = {
        f"{question.value.upper()}": bench.loaded(server, question)
        for question in (Question.Q1, Question.Q2)
    } | {
        what: bench.run(server, [request(server, bench, after)], Question.Q1)
        for what, after in pages.items()
    }
    return [
        Cost(what=what, campaigns=bench.size.campaigns, found=each) for what, each in found.items()
    ]


def cursor_before(server: Served, bench: Bench, *, page: int) -> str:
    """Of the last item that stands before the nth page, found by walking there."""
    left, after = (page - 1) * PAGE, None
    url = f"http://127.0.0.1:{server.port}/graphql"
    with httpx.Client(headers=headers(server, bench), timeout=60) as client:
        while left:
            step = min(STRIDE, left)
            body = {"query": LIST, "variables": {"first": step, "after": after}}
            answer: Any = client.post(url, json=body).json()
            info = answer["data"]["campaigns"]["pageInfo"]
            assert info["hasNextPage"], "the list is shorter than the page is deep"
            left, after = left - step, info["endCursor"]
    assert after is not None
    return str(after)


def headers(server: Served, bench: Bench) -> dict[str, str]:
    return server.kind.dialect.headers(asked(Question.Q1, 0, bench.size))


def request(server: Served, bench: Bench, after: str | None) -> bytes:
    body = {"query": LIST, "variables": {"first": PAGE, "after": after}}
    return wire(headers=headers(server, bench), body=body)
