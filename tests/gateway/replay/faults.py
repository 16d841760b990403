"""`kill -9` of every part of a marketplace while a replay drives it."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from gateway.processes import wait_until
from tests.gateway.replay.crowds import CrowdFiles
from tests.gateway.replay.processes import (
    DECIDED,
    Printed,
    Replay,
    asked,
    await_ready,
    dsn_of,
    patiently,
    replaying,
)
from tests.gateway.test_launch import Launcher, descendants

MOMENT_SECONDS_MAX = 120.0
LATE_STEPS = ("referral rewards", "payouts", "invoices")


class Victim(Enum):
    """Words of its command line; where two trees have one, chance decides."""

    REPLAY = ""
    WEB_SERVER = "-m gateway.web"
    JOB_WORKER = "-m piecerate worker"
    POSTGRES = "bin/postgres -D"


@dataclass
class Siege:
    """Starts the replay as often as it is killed. The moments come from a seed."""

    launcher: Launcher
    crowd: CrowdFiles
    answer_count: int
    concurrency: int
    seed: int
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  # moments, not secrets

    @property
    def home(self) -> Path:
        return self.launcher.home

    def endure(self, victims: Sequence[Victim]) -> None:
        """One after the other, each at a later moment than the one before."""
        waiting = list(victims)
        while waiting:
            with self.replaying() as replay:
                while waiting and not replay.has_ended():
                    place = len(victims) - len(waiting)
                    victim = waiting.pop(0)
                    self.await_moment(replay, place / len(victims))
                    self.strike(victim, replay)
                    if victim is Victim.REPLAY:
                        break
                assert ended_well(replay), replay.said
            await_ready(self.launcher)

    def finish(self, *, seconds: float) -> Printed:
        with self.replaying() as replay:
            return replay.finish(seconds=seconds)

    def replaying(self) -> AbstractContextManager[Replay]:
        return replaying(
            self.crowd,
            "--concurrency",
            str(self.concurrency),
            said=self.home / "replay-said",
            PIECERATE_HOME=str(self.home),
            PIECERATE_PORT=str(self.launcher.port),
        )

    def await_moment(self, replay: Replay, progress: float) -> None:
        """So many answers are decided; towards the end, a step of the replay has begun."""
        if progress > 0.75:
            step = self.chance.choice(LATE_STEPS)
            self.wait(replay, lambda: replay.has_begun(step))
        else:
            count = int((progress + self.chance.uniform(0.0, 0.15)) * self.answer_count)
            self.wait(replay, lambda: self.decided_count() >= count)
        time.sleep(self.chance.uniform(0.0, 0.5))

    def wait(self, replay: Replay, condition: Callable[[], bool]) -> None:
        assert wait_until(lambda: replay.has_ended() or condition(), seconds=MOMENT_SECONDS_MAX), (
            self.log,
            replay.said,
            self.launcher.said,
        )

    def decided_count(self) -> int:
        return patiently(lambda: int(asked(dsn_of(self.home), DECIDED)[0][0]), otherwise=0)

    def strike(self, victim: Victim, replay: Replay) -> None:
        self.log.append(f"{victim.name} at {self.decided_count()} answers")
        if victim is Victim.REPLAY:
            replay.process.kill()
            return
        assert wait_until(lambda: self.processes_of(victim, replay) != [], seconds=30), self.log
        with suppress(ProcessLookupError):
            os.kill(self.chance.choice(self.processes_of(victim, replay)), signal.SIGKILL)

    def processes_of(self, victim: Victim, replay: Replay) -> list[int]:
        """The replay has a job worker of its own."""
        below = {**descendants(self.launcher.process.pid), **descendants(replay.process.pid)}
        return sorted(pid for pid, line in below.items() if victim.value in line)


def ended_well(replay: Replay) -> bool:
    """It still runs, was killed, is done, or says in one sentence why it cannot go on."""
    if replay.process.poll() == 1:
        return any(line.startswith("piecerate: ") for line in replay.said.splitlines())
    return replay.process.poll() in (None, 0, -signal.SIGKILL)
