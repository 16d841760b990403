"""What a replay will do, worked out before it does anything: the same file gives the same plan.

Names, passwords and keys follow from the plan, so a replay that was killed goes on where it
stopped, and one that is run again finds everything done.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from domain.money import Money
from gateway.replay.crowd import Answer, Crowd

REFERRED_EVERY = 3  # every third worker was brought by the one before


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    country: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`secret` makes the members' passwords: derivable here, guessable by nobody."""

    crowd: Crowd
    reward: Money
    secret: bytes = field(repr=False)

    @cached_property
    def run(self) -> str:
        """A name for this very replay: another file, truth or reward is another run."""
        digest = hashlib.sha256(f"{self.reward.micros} {self.reward.currency}".encode())
        for answer in self.crowd.answers:
            digest.update(f"{answer.worker}\t{answer.task}\t{answer.label}\n".encode())
        for task, label in sorted(self.crowd.known.items()):
            digest.update(f"{task}\t{label}\n".encode())
        return digest.hexdigest()[:12]

    @cached_property
    def expected(self) -> Mapping[str, str]:
        return self.crowd.expected()

    @cached_property
    def places(self) -> Mapping[str, int]:
        return self.crowd.tasks()

    @property
    def title(self) -> str:
        return f"Replay {self.run}"

    def employer(self) -> Person:
        return self._person("employer", f"Replay Employer {self.run}")

    def finance(self) -> Person:
        """Who issues the documents when the run goes over HTTP."""
        return self._person("finance", f"Replay Finance {self.run}")

    def staff(self) -> Person:
        """Who frees the campaign of the limits of rejections: its answers are known before."""
        return self._person("staff", f"Replay Staff {self.run}")

    def workers(self) -> dict[str, Person]:
        """By the name that the file calls them."""
        return {
            name: self._person(f"worker {name}", f"Crowd worker {number}")
            for number, name in enumerate(self.crowd.workers(), start=1)
        }

    def referrers(self) -> dict[str, str]:
        """Who was brought by whom."""
        names = self.crowd.workers()
        return {
            name: names[index - 1]
            for index, name in enumerate(names)
            if index % REFERRED_EVERY == REFERRED_EVERY - 1
        }

    def answers_by_worker(self) -> dict[str, list[Answer]]:
        found: dict[str, list[Answer]] = {}
        for answer in self.crowd.answers:
            found.setdefault(answer.worker, []).append(answer)
        return found

    def is_right(self, answer: Answer) -> bool:
        return self.expected[answer.task] == answer.label

    def approved_by_worker(self) -> dict[str, int]:
        return {
            worker: sum(self.is_right(answer) for answer in answers)
            for worker, answers in self.answers_by_worker().items()
        }

    def key(self, *parts: str) -> str:
        """An idempotency key: the same wish of the same run, however often it is run."""
        return f"replay-{self.run}-" + "-".join(parts)

    def _person(self, role: str, name: str) -> Person:
        proof = hmac.digest(self.secret, f"replay {self.run} {role}".encode(), "sha256").hex()
        address = hashlib.sha256(role.encode()).hexdigest()[:16]
        return Person(
            name=name,
            email=f"{address}@replay-{self.run}.example",
            country="US",
            password=proof,
        )
