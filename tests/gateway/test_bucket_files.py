"""Files of work in a bucket: the same over HTTP as in a folder, and what a service that is away
means.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from gateway.file_store import StoreAway
from gateway.kept_files import file_store_of
from gateway.providers import Providers
from gateway.said import SettingsRefused
from gateway.settings import settings_from
from schema.ids import Tag
from tests.gateway.test_files import claim, submit
from tests.make.ask import Ask
from tests.make.bucket import Bucket, bucket_served
from tests.make.uploads import asked, png, put, sent
from tests.make.world import World

ID = UUID("0198c0de-0000-7000-8000-0000000000ab")


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with bucket_served() as made:
        yield made


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [0, 1, 7_000_000])  # the last one goes in parts
async def test_what_is_kept_is_read_until_it_is_forgotten(
    bucket: Bucket, tmp_path: Path, size: int
) -> None:
    """By each kind of store alike."""
    content = bytes(range(256)) * (size // 256) + b"." * (size % 256)
    for said in ({}, bucket.settings(tmp_path)):
        store = file_store_of(settings_from({"PIECERATE_HOME": str(tmp_path), **said}))
        path = store.new_file()
        path.write_bytes(content)
        was_there = await store.has(ID)
        await store.keep(ID, path)
        read = b"".join([piece async for piece in store.read(ID)])
        is_there = await store.has(ID)
        await store.forget(ID)
        await store.forget(ID)

        assert (was_there, is_there, await store.has(ID)) == (False, True, False)
        assert read == content
        assert not path.exists()
    assert bucket.objects == {}


@pytest.mark.asyncio
async def test_a_file_goes_to_the_bucket_and_back(
    world: World, tmp_path: Path, providers: Providers, bucket: Bucket
) -> None:
    """Under a name that tells nothing; nothing of it stays on this machine."""
    ask = Ask.of(world, tmp_path, providers, **bucket.settings(tmp_path))  # type: ignore[arg-type]  # none is named so
    employer, worker, assignment = await claim(ask)
    upload = await sent(ask, worker, assignment, png())
    assert (await submit(ask, worker, assignment, upload))["errors"] == []
    document = "query ($id: ID!) { node(id: $id) { ... on Upload { url } } }"
    url = (await ask(document, viewer=employer, id=upload)).only()["url"]
    answer = await ask.client.get(url)
    bucket.is_away = True
    away = await ask.client.get(url)

    name = ask.key(Tag.UPLOAD, upload).hex
    assert list(bucket.objects) == [f"/pictures/work/{name[-2:]}/{name}"]
    assert (answer.status_code, answer.content) == (200, bucket.objects.popitem()[1])
    assert away.status_code == 503
    assert list((tmp_path / "files" / "incoming").iterdir()) == []


@pytest.mark.asyncio
async def test_a_service_that_is_away_loses_nothing(
    world: World, tmp_path: Path, providers: Providers, bucket: Bucket
) -> None:
    """The ticket is as good as before, and no row says that something is there."""
    ask = Ask.of(world, tmp_path, providers, **bucket.settings(tmp_path))  # type: ignore[arg-type]  # none is named so
    _, worker, assignment = await claim(ask)
    ticket = await asked(ask, worker, assignment, png())
    bucket.is_away = True
    first = await put(ask, ticket["url"], png())
    bucket.is_away = False
    second = await put(ask, ticket["url"], png())

    assert (first.status_code, second.status_code) == (503, 204)
    assert len(bucket.objects) == 1


@pytest.mark.asyncio
async def test_a_wrong_secret_is_no_way_in(bucket: Bucket, tmp_path: Path) -> None:
    """The service checks each signature; ours says that it is away, not what the secret is."""
    said = {"PIECERATE_HOME": str(tmp_path), **bucket.settings(tmp_path, secret="quite-other")}  # noqa: S106  # of the tests
    store = file_store_of(settings_from(said))
    path = store.new_file()
    with pytest.raises(StoreAway):
        await store.keep(ID, path)

    assert bucket.objects == {}
    assert "quite-other" not in repr(settings_from(said))


@pytest.mark.parametrize(
    "said",
    [
        {"PIECERATE_FILES": "s3://bucket"},
        {"PIECERATE_FILES": "s3://id:secret@bucket", "PIECERATE_FILES_SECRET_FILE": "/x"},
        {"PIECERATE_FILES": "gs://id@bucket", "PIECERATE_FILES_SECRET_FILE": "/x"},
        {"PIECERATE_FILES": "s3://id@bucket"},
        {
            "PIECERATE_FILES": "s3://id@bucket",
            "PIECERATE_FILES_SECRET_FILE": "/x",
            "PIECERATE_FILES_ENDPOINT": "storage.example.org",
        },
    ],
)
def test_half_a_bucket_is_refused_at_the_start(said: dict[str, str]) -> None:
    """Before anybody sends a file that could not be kept."""
    with pytest.raises(SettingsRefused):
        settings_from(said)
