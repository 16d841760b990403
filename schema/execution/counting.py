"""How often objects and lists were read by compiled readings, and why the resolvers had to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

REASONS_MAX: Final = 200  # there are no more fields than that without a mapping


@dataclass
class Reads:
    """Of one process, since it started."""

    compiled_count: int = 0
    resolved_count: int = 0
    reference_count: int = 0  # operations that graphql-core ran as a whole
    reasons: Counter[str] = field(default_factory=Counter)

    def compiled(self) -> None:
        self.compiled_count += 1

    def by_reference(self) -> None:
        self.reference_count += 1

    def resolved(self, reason: str) -> None:
        self.resolved_count += 1
        if reason in self.reasons or len(self.reasons) < REASONS_MAX:
            self.reasons[reason] += 1


READS: Final = Reads()
