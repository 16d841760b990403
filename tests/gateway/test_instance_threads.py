"""Threads of one instance: few, its own, and nobody waits for them at the end of the process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from gateway.instance_threads import InstanceThreads
from tests.tidy.source import ROOT

pytestmark = pytest.mark.asyncio

HANGING = """
import asyncio, threading
from gateway.instance_threads import InstanceThreads

async def main():
    begun = threading.Event()
    def hang():
        begun.set()
        threading.Event().wait()
    threads = InstanceThreads(1, name="acme")
    waiting = asyncio.ensure_future(threads(hang))
    await asyncio.to_thread(begun.wait)
    waiting.cancel()
    threads.close()

asyncio.run(main())
print("at the end")
"""


async def test_what_it_returns_and_raises_comes_back() -> None:
    """Also what is no exception: the guard classifies it."""
    threads = InstanceThreads(2, name="acme")

    def leave() -> None:
        raise SystemExit(3)

    def fail() -> None:
        raise KeyError("x")

    assert await threads(lambda: 7) == 7
    with pytest.raises(KeyError):
        await threads(fail)
    with pytest.raises(SystemExit):
        await threads(leave)
    assert await threads(lambda: 8) == 8, "the thread has survived it"
    threads.close()


async def test_no_more_than_the_manifest_says() -> None:
    """However many calls come at once."""
    threads = InstanceThreads(2, name="limited")
    names: set[str] = set()

    await asyncio.gather(
        *(threads(lambda: names.add(threading.current_thread().name)) for _ in range(20))
    )

    assert names
    assert names <= {"limited_1", "limited_2"}
    threads.close()


async def test_what_waits_at_the_close_does_not_begin() -> None:
    """What runs may end; what has not begun is cancelled, so it has certainly not happened."""
    threads = InstanceThreads(1, name="closing")
    begun, may_end, happened = threading.Event(), threading.Event(), []

    def first() -> str:
        begun.set()
        may_end.wait()
        return "first"

    running = asyncio.ensure_future(threads(first))
    await asyncio.to_thread(begun.wait)
    waiting = asyncio.ensure_future(threads(lambda: happened.append("second")))
    await asyncio.sleep(0)
    threads.close()
    may_end.set()

    assert await running == "first"
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert happened == []


async def test_a_call_that_hangs_does_not_keep_the_process() -> None:
    """A job worker that is told to stop ends, whatever a library is waiting for."""
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", HANGING],
        cwd=ROOT,
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (0, "at the end\n"), ended.stderr
