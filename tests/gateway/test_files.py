"""Files of work from the ticket to the employer's eyes, over HTTP (C3, R41)."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from domain.database import execute, fetch_value, transaction
from domain.uploads.operations import drop_uploads
from gateway.file_store import FolderStore
from schema.ids import Tag
from tests.make import campaigns as make
from tests.make.ask import Ask
from tests.make.members import add_worker
from tests.make.pictures import CANARY, photo
from tests.make.uploads import asked, png, put, sent
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

AUDIO = {"kind": "AUDIO", "mediaType": "audio/ogg"}
VIDEO = {"kind": "VIDEO", "mediaType": "video/mp4"}
FILE = {"kind": "FILE", "mediaType": "text/csv"}
FILES: dict[str, tuple[bytes, dict[str, str]]] = {
    "IMAGE": (png(), {}),
    "AUDIO": (b"OggS" + bytes(30), AUDIO),
    "VIDEO": (b"\0\0\0\x18ftypisom" + bytes(20), VIDEO),
    "FILE": (b"a,b\n", FILE),
}
ITEMS = """
    query ($id: ID!) { node(id: $id) { ... on Assignment { submissions { items {
      ... on FileItem { kind role upload { id state mediaType byteCount url } } } } } } }
"""

DIGESTS: Final = """
    query ($id: ID!) { node(id: $id) { ... on Upload { byteCount sha256 sentSha256 url } } }
"""


async def claim(ask: Ask) -> tuple[UUID, UUID, str]:
    employer, worker = await make.rich_employer(ask.world), await add_worker(ask.world)
    work = await make.claim(ask.world, worker, await make.running(ask.world, employer))
    return employer, worker, ask.id(Tag.ASSIGNMENT, work)


async def submit(ask: Ask, worker: UUID, assignment: str, *uploads: str) -> Any:
    items = [{"content": {"file": {"uploadId": each}}} for each in uploads]
    wish = {"assignmentId": assignment, "items": items, "idempotencyKey": str(uploads)}
    return (await ask(example("assignmentSubmit"), viewer=worker, input=wish)).only()


async def test_each_kind_of_file_comes_out_as_it_went_in(ask: Ask) -> None:
    """C3: the employer reads what the worker sent, as a download that runs nothing."""
    employer, worker, assignment = await claim(ask)
    uploads = [
        await sent(ask, worker, assignment, content, **more) for content, more in FILES.values()
    ]
    unseen = await ask("query ($id: ID!) { node(id: $id) { id } }", viewer=employer, id=uploads[0])
    assert unseen.only() is None

    assert (await submit(ask, worker, assignment, *uploads))["errors"] == []

    node = (await ask(ITEMS, viewer=employer, id=assignment)).only()
    items = node["submissions"][0]["items"]
    assert [(each["kind"], each["upload"]["id"]) for each in items] == list(
        zip(FILES, uploads, strict=True)
    )
    for item, (content, _) in zip(items, FILES.values(), strict=True):
        assert item["upload"]["state"] == "ATTACHED"
        answer = await ask.client.get(item["upload"]["url"])
        assert answer.content == content
        assert answer.headers["content-type"].startswith(item["upload"]["mediaType"])
        assert answer.headers["content-disposition"] == "attachment"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_picture_is_kept_without_its_metadata(ask: Ask) -> None:
    """C3: where it was taken and by which device reaches nobody; both digests are told."""
    employer, worker, assignment = await claim(ask)
    content = photo("JPEG")
    upload = await sent(ask, worker, assignment, content, mediaType="image/jpeg")
    assert (await submit(ask, worker, assignment, upload))["errors"] == []
    seen = (await ask(DIGESTS, viewer=employer, id=upload)).only()
    answer = await ask.client.get(seen["url"])

    assert CANARY not in answer.content
    assert answer.headers["content-length"] == str(len(answer.content))
    assert (seen["byteCount"], seen["sha256"]) == (
        len(answer.content),
        sha256(answer.content).hexdigest(),
    )
    assert seen["sentSha256"] == sha256(content).hexdigest() != seen["sha256"]


async def test_a_file_is_sent_once_and_only_as_it_was_asked_for(ask: Ask) -> None:
    """Another body, a longer one, a second one and a changed address are refused."""
    _, worker, assignment = await claim(ask)
    ticket = await asked(ask, worker, assignment, png())
    url, whole = ticket["url"], png()
    other = (await asked(ask, worker, assignment, png()))["url"]
    mixed = f"{other.partition('?')[0]}?{url.partition('?')[2]}"

    statuses = [
        (await put(ask, each, content)).status_code
        for each, content in (
            (mixed, whole),
            (url.replace("until=", "until=9"), whole),
            (url.partition("?")[0], whole),
            (url, whole[:-1] + b"x"),
            (url, whole + b"x"),
            (url, b""),
            (url, whole),
            (url, whole),
        )
    ]
    assert statuses == [404, 404, 404, 422, 413, 422, 204, 404]
    ask.world.now += timedelta(minutes=11)
    assert (await put(ask, other, whole)).status_code == 404
    assert (await ask.client.get(f"/files/{'.' * 26}/content?until=1&signature=x")).is_error


async def test_nobody_hands_in_what_was_sent_for_something_else(ask: Ask) -> None:
    """Neither another member's file, nor one for other work, nor one twice, nor one unsent."""
    _, worker, assignment = await claim(ask)
    _, stranger, elsewhere = await claim(ask)
    mine = await sent(ask, worker, assignment, png())
    unsent = (await asked(ask, worker, assignment, png()))["upload"]["id"]
    for wrong in (
        [await sent(ask, stranger, elsewhere, png())],
        [unsent],
        [mine, mine],
        [ask.id(Tag.UPLOAD, ask.world.new_id())],
    ):
        done = await submit(ask, worker, assignment, *wrong)
        assert done["errors"][0]["code"] == "INVALID_INPUT", wrong
    refused = await asked(ask, stranger, assignment, png())
    assert refused["errors"] == [{"code": "INVALID_ID", "path": ["assignmentId"]}]
    assert (await submit(ask, worker, assignment, mine))["errors"] == []
    assert (await asked(ask, worker, assignment, png()))["errors"] != []  # it is handed in


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ({"mediaType": "image/svg+xml"}, "mediaType"),
        ({"kind": "FILE", "mediaType": "text/html"}, "mediaType"),
        ({"byteCount": 10_000_001}, "byteCount"),
        ({"byteCount": 0}, "byteCount"),
        ({"sha256": "x" * 64}, "sha256"),
    ],
)
async def test_a_ticket_is_for_what_we_take(ask: Ask, wish: dict[str, object], path: str) -> None:
    """Nothing that a browser would run, nothing too large, nothing that cannot be checked."""
    _, worker, assignment = await claim(ask)
    refused = await asked(ask, worker, assignment, png(), **wish)
    assert refused["errors"] == [{"code": "INVALID_INPUT", "path": [path]}]


async def test_what_is_never_handed_in_goes_and_counts_until_then(ask: Ask, tmp_path: Path) -> None:
    """The quota is of what waits; the sweep takes rows and bytes, and what is handed in stays."""
    _, worker, assignment = await claim(ask)
    first = await sent(ask, worker, assignment, png())
    unused = await sent(ask, worker, assignment, png())
    async with transaction():
        await execute(
            "update upload set byte_count = 100000000 where id = $1", ask.key(Tag.UPLOAD, unused)
        )
    video = {**VIDEO, "byteCount": 100_000_000}
    full = await asked(ask, worker, assignment, png(), **video)
    assert full["errors"] == [{"code": "UPLOADS_USED_UP", "path": []}]
    assert (await submit(ask, worker, assignment, first))["errors"] == []

    store = FolderStore(tmp_path / "files")
    ask.world.now += timedelta(days=1)
    while await drop_uploads(store=store, now=ask.world.now):
        pass  # other tests left some as well

    assert await fetch_value("select count(*) from upload where owner_id = $1", worker) == 1
    assert not await store.has(ask.key(Tag.UPLOAD, unused))
    assert await store.has(ask.key(Tag.UPLOAD, first))
