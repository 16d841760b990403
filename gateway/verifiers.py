"""The configured verifiers of this process, guarded, as the domain sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.verification.provider import CheckKind
from plugins.guarded_verifier import GuardedVerifier


class VerifierDirectory:
    """Who answers which check, in the order of the configuration."""

    def __init__(self, instances: Mapping[str, GuardedVerifier], *, region: str) -> None:
        self.region = region
        self._instances = instances

    @property
    def instance_ids(self) -> Sequence[str]:
        return tuple(self._instances)

    def serves(self, instance_id: str, *, kind: CheckKind, country: str) -> bool:
        verifier = self._instances.get(instance_id)
        return (
            verifier is not None
            and verifier.guard.quarantine is None
            and verifier.manifest.serves(kind=kind, country=country)
        )

    def named(self, instance_id: str) -> GuardedVerifier:
        return self._instances[instance_id]
