"""The end of a web process, announced: streams end by themselves before anybody kills them.

A shutdown hook comes too late: the server waits for open streams before it calls any. So whoever
stops the process makes a file first, and every worker looks for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 0.25
END_SECONDS: Final = 0.5  # for a worker to look and for its streams to say goodbye


async def watch_for(file: Path, close: Callable[[], None]) -> None:
    """Calls `close` once, as soon as the file is there."""
    while not await asyncio.to_thread(file.exists):  # noqa: ASYNC110  # made by another process
        await asyncio.sleep(LOOK_SECONDS)
    close()


@contextmanager
def drainable(file: Path) -> Iterator[None]:
    """Around the life of the web server: the file of an earlier one is gone before and after."""
    file.unlink(missing_ok=True)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def drain(file: Path) -> None:
    """Right before the server is asked to stop."""
    with suppress(OSError):  # a full disk must not keep anything running
        file.touch()
        time.sleep(END_SECONDS)
