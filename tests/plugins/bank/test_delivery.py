"""A file reaches the bank's folder whole and once, whoever tries, and however often."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from domain.payouts.provider import ObservedState
from domain.provider import ConfigError, DuplicateRef, HealthStatus, NotSent
from plugins.payments.bank.delivery import DropFolder
from plugins.payments.bank.sepa_payouts import SepaPayouts
from tests.plugins.bank.make import (
    SEPA,
    batch_of,
    context,
    folders,
    opened,
    prepared,
    sepa_destination,
)

KILLED = """
import sys
from pathlib import Path
from plugins.payments.bank.delivery import DropFolder

drop = DropFolder(folder=Path(sys.argv[1]) / "out", journal=Path(sys.argv[1]) / "journal")
drop.prepare()
print("ready", flush=True)
for number in range(100_000):
    drop.deliver(name=f"{number}.xml", content=f"file {number}".encode() * 1000)
"""


def drop_folder(place: Path) -> DropFolder:
    folders(place)
    drop = DropFolder(folder=place / "out", journal=place / "journal")
    drop.prepare()
    return drop


@pytest.mark.asyncio
async def test_the_committed_bytes_are_what_arrives(tmp_path: Path) -> None:
    """By their digest, under the batch's name."""
    provider = await opened(SepaPayouts, {**SEPA, **folders(tmp_path)})
    batch = await prepared(provider, batch_of(10_000, to=sepa_destination()))

    sent = await provider.send(batch, context())

    (path,) = (tmp_path / "out").iterdir()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (path.name, digest) == (f"{batch.batch_ref}.xml", batch.provider_state["sha256"])
    assert [each.state for each in sent.items] == [ObservedState.ACCEPTED]


@pytest.mark.asyncio
async def test_again_is_not_delivered_again(tmp_path: Path) -> None:
    """Also when the bank has taken the file away, and in another process."""
    provider = await opened(SepaPayouts, {**SEPA, **folders(tmp_path)})
    batch = await prepared(provider, batch_of(10_000, to=sepa_destination()))
    first = await provider.send(batch, context())
    next((tmp_path / "out").iterdir()).unlink()

    other = await opened(SepaPayouts, {**SEPA, **folders(tmp_path)})
    second = await other.send(batch, context())

    assert second == first
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.asyncio
async def test_other_bytes_for_the_same_batch_are_refused(tmp_path: Path) -> None:
    """The bank would pay both."""
    provider = await opened(SepaPayouts, {**SEPA, **folders(tmp_path)})
    await provider.send(
        await prepared(provider, batch_of(10_000, to=sepa_destination())), context()
    )

    with pytest.raises(DuplicateRef):
        await provider.send(
            await prepared(provider, batch_of(20_000, to=sepa_destination())), context()
        )

    assert len(list((tmp_path / "out").iterdir())) == 1


def test_the_same_bytes_by_another_name_are_refused(tmp_path: Path) -> None:
    """A second upload of a file is one, whatever it is called."""
    drop = drop_folder(tmp_path)
    assert drop.deliver(name="a.xml", content=b"x")

    with pytest.raises(DuplicateRef):
        drop.deliver(name="b.xml", content=b"x")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """Whatever lies there is not ours to replace; once it is gone the file goes."""
    drop = drop_folder(tmp_path)
    (tmp_path / "out" / "a.xml").write_bytes(b"theirs")

    with pytest.raises(DuplicateRef):
        drop.deliver(name="a.xml", content=b"ours")

    assert (tmp_path / "out" / "a.xml").read_bytes() == b"theirs"
    (tmp_path / "out" / "a.xml").unlink()
    assert drop.deliver(name="a.xml", content=b"ours")


def test_what_an_earlier_try_left_goes_on(tmp_path: Path) -> None:
    """Staged, and then the machine stopped: it has not been sent yet."""
    drop = drop_folder(tmp_path)
    (tmp_path / "journal" / "staging" / "a.xml").write_bytes(b"ours")

    with pytest.raises(DuplicateRef):
        drop.deliver(name="a.xml", content=b"other")
    assert drop.deliver(name="a.xml", content=b"ours")

    assert not drop.deliver(name="a.xml", content=b"ours")
    assert (tmp_path / "out" / "a.xml").read_bytes() == b"ours"


@pytest.mark.asyncio
async def test_ten_at_once_deliver_one(tmp_path: Path) -> None:
    """Each with an object of its own, as processes have."""
    drops = [drop_folder(tmp_path) for _ in range(10)]

    done = await asyncio.gather(
        *(asyncio.to_thread(drop.deliver, name="a.xml", content=b"x") for drop in drops)
    )

    assert sorted(done) == [False] * 9 + [True]


@pytest.mark.parametrize("round_no", range(5))
def test_a_killed_process_leaves_whole_files(tmp_path: Path, round_no: int) -> None:
    """Whatever lies in the folder is whole and noted; whatever does not has not been sent."""
    folders(tmp_path)
    process = subprocess.Popen(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    while len(list((tmp_path / "out").iterdir())) <= round_no * 3:
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()

    drop = drop_folder(tmp_path)
    found = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    for name, content in found.items():
        number = name.removesuffix(".xml")
        assert content == f"file {number}".encode() * 1000
        assert not drop.deliver(name=name, content=content)
    following = f"{len(found)}.xml"
    drop.deliver(name=following, content=f"file {len(found)}".encode() * 1000)
    assert (tmp_path / "out" / following).exists()


@pytest.mark.asyncio
async def test_a_folder_that_is_gone_sends_nothing(tmp_path: Path) -> None:
    """Certainly not sent: it is tried again."""
    provider = await opened(SepaPayouts, {**SEPA, **folders(tmp_path)})
    batch = await prepared(provider, batch_of(10_000, to=sepa_destination()))
    (tmp_path / "out").rmdir()

    with pytest.raises(NotSent):
        await provider.send(batch, context())

    assert (await provider.health(context())).status is HealthStatus.DOWN
    folders(tmp_path)
    assert (await provider.health(context())).status is HealthStatus.OK
    await provider.send(batch, context())
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.asyncio
async def test_staff_download_it() -> None:
    """Then it waits in the house: accepted, and no more."""
    provider = await opened(SepaPayouts, SEPA)
    batch = await prepared(provider, batch_of(10_000, to=sepa_destination()))

    sent = await provider.send(batch, context())

    assert [(each.state, each.provider_code) for each in sent.items] == [
        (ObservedState.ACCEPTED, "FOR_STAFF")
    ]
    assert (await provider.look_up(batch, context())).missing == ()


@pytest.mark.asyncio
async def test_bytes_that_were_not_committed_are_not_sent() -> None:
    """Nothing, something else, or another batch's."""
    provider = await opened(SepaPayouts, SEPA)
    batch = await prepared(provider, batch_of(10_000, to=sepa_destination()))
    other = await prepared(provider, batch_of(10_000, to=sepa_destination(), number=2))

    for wrong in (
        replace(batch, payload=None),
        replace(batch, payload=other.payload),
        replace(batch, payload=(batch.payload or b"") + b" "),
    ):
        with pytest.raises(ConfigError):
            await provider.send(wrong, context())


@pytest.mark.asyncio
async def test_a_journal_inside_the_folder_is_refused(tmp_path: Path) -> None:
    """The bank's client would take it away."""
    (tmp_path / "out" / "journal").mkdir(parents=True)
    config = {
        "deliver": "folder",
        "folder": str(tmp_path / "out"),
        "journal": str(tmp_path / "out" / "journal"),
    }

    with pytest.raises(ConfigError):
        await opened(SepaPayouts, {**SEPA, **config})
