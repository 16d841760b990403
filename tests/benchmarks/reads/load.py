"""Sends prepared requests over a few connections and measures; a process of its own.

`python -m tests.benchmarks.reads.load`: reads a `Task` as JSON and writes a `Found`.
What has begun is finished and counted, so slow servers are not wronged.
"""

from __future__ import annotations

import asyncio
import sys
import time
from base64 import b64decode
from typing import Final

import msgspec
import uvloop

from tests.benchmarks.machine import resident_mebibytes
from tests.benchmarks.reads.trees import seconds, tree

HEAD_END: Final = b"\r\n\r\n"
REFUSAL: Final = b'"errors":[{'


class Task(msgspec.Struct, kw_only=True):
    port: int
    requests: list[str]  # whole HTTP requests in base64, taken by turns
    must_hold: str  # in every answer
    connections: int
    warm_up_seconds: float
    seconds: float
    app_pid: int
    database_pid: int


class Found(msgspec.Struct, kw_only=True):
    count: int
    app_ms: float  # of processor time, per request
    database_ms: float
    p50_ms: float
    p99_ms: float
    per_second: float
    memory_mib: float  # of the largest process, after the load


class WrongAnswer(Exception):
    """A server that answers wrongly is not measured."""


class Load:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._requests = [b64decode(each) for each in task.requests]
        self._sent = 0
        self._must_hold = task.must_hold.encode()

    async def measured(self) -> Found:
        task = self._task
        await self._run(task.warm_up_seconds)
        app, database = seconds(task.app_pid), seconds(task.database_pid)
        begun = time.perf_counter()
        took = sorted(await self._run(task.seconds))
        whole = time.perf_counter() - begun
        app, database = seconds(task.app_pid) - app, seconds(task.database_pid) - database
        return Found(
            count=len(took),
            app_ms=app * 1_000 / len(took),
            database_ms=database * 1_000 / len(took),
            p50_ms=took[len(took) // 2] * 1_000,
            p99_ms=took[min(len(took) - 1, len(took) * 99 // 100)] * 1_000,
            per_second=len(took) / whole,
            memory_mib=max(map(resident_mebibytes, tree(task.app_pid))),
        )

    async def _run(self, duration: float) -> list[float]:
        """Seconds that each request took; at least one per connection."""
        until = time.perf_counter() + duration
        took: list[float] = []

        async def client() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._task.port)
            while True:
                begun = time.perf_counter()
                writer.write(self._next())
                status, body = await answer(reader)
                took.append(time.perf_counter() - begun)
                self._check(status, body)
                if time.perf_counter() >= until:
                    break
            writer.close()

        async with asyncio.TaskGroup() as everybody:
            for _ in range(self._task.connections):
                everybody.create_task(client())
        return took

    def _next(self) -> bytes:
        self._sent += 1
        return self._requests[(self._sent - 1) % len(self._requests)]

    def _check(self, status: bytes, body: bytes) -> None:
        if status != b"200" or self._must_hold not in body or REFUSAL in body:
            raise WrongAnswer(f"{status!r} {body[:600]!r}")


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Status and body, whole or in chunks."""
    head = await reader.readuntil(HEAD_END)
    lines = head.lower().split(b"\r\n")
    headers = dict(line.split(b": ", 1) for line in lines[1:] if b": " in line)
    status = head[9:12]
    if b"content-length" in headers:
        return status, await reader.readexactly(int(headers[b"content-length"]))
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return status, body


if __name__ == "__main__":
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.buffer.write(msgspec.json.encode(runner.run(Load(task).measured())))
