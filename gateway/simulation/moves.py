"""Which state machines a simulated marketplace has moved, and along which of their moves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from domain.assignments.rules import MOVES as ASSIGNMENTS
from domain.campaigns.rules import MOVES as CAMPAIGNS
from domain.deposits.rules import MOVES as DEPOSITS
from domain.disputes.rules import FRAUD_MOVES
from domain.disputes.rules import MOVES as DISPUTES
from domain.inspection import Move
from domain.invitations.rules import MOVES as INVITATIONS
from domain.matching.rules import MOVES as CAMPAIGN_INVITATIONS
from domain.payouts.rules import MOVES as PAYOUTS
from domain.referrals.rules import MOVES as REFERRALS
from domain.risk.rules import MOVES as RISK_CASES
from domain.suspensions.rules import MOVES as SUSPENSIONS
from domain.tickets.rules import MOVES as TICKETS
from domain.verification.rules import CHECK_MOVES as CHECKS
from domain.verification.rules import MOVES as VERIFICATIONS

# By table.
MACHINES: Final[Mapping[str, Mapping[Any, Any]]] = {
    "assignment": ASSIGNMENTS,
    "campaign": CAMPAIGNS,
    "campaign_invitation": CAMPAIGN_INVITATIONS,
    "deposit": DEPOSITS,
    "dispute": DISPUTES,
    "invitation": INVITATIONS,
    "payout": PAYOUTS,
    "referral": REFERRALS,
    "risk_case": RISK_CASES,
    "suspension": SUSPENSIONS,
    "ticket": TICKETS,
    "verification": VERIFICATIONS,
    "verification_check": CHECKS,
}
# Of another kind in the same table.
ALSO: Final[Mapping[str, Mapping[Any, Any]]] = {"dispute": FRAUD_MOVES}
# One change of these can stand for two moves that follow each other.
IN_TWO_STEPS: Final = frozenset({"payout", "verification"})


def unmoved(made: Collection[Move]) -> list[str]:
    """Machines that nobody moved at all."""
    moved = {move.machine for move in made}
    return sorted(MACHINES.keys() - moved)


def never_made(made: Collection[Move]) -> list[Move]:
    """What the tables list and nobody did. What leaves a state as it is cannot be seen."""
    listed = {move for machine in MACHINES for move in listed_moves(machine)}
    return sorted(listed.difference(made))


def unlisted(made: Collection[Move]) -> list[Move]:
    """What happened, whatever the tables say: of these there must be none."""
    return sorted(move for move in made if not _is_listed(move))


def listed_moves(machine: str) -> set[Move]:
    """All that its table allows and that changes the state."""
    return {move for move in _moves(machine) if move.source != move.target}


def _is_listed(move: Move) -> bool:
    listed = listed_moves(move.machine)
    if move in listed:
        return True
    steps = [each.target for each in listed if each.source == move.source]
    return move.machine in IN_TWO_STEPS and any(
        Move(move.machine, step, move.target) in listed for step in steps
    )


def _moves(machine: str) -> Iterator[Move]:
    for key, target in (*MACHINES[machine].items(), *ALSO.get(machine, {}).items()):
        if isinstance(key, tuple):
            yield Move(machine, key[0].value, target.value)
        else:
            yield from (Move(machine, key.value, each.value) for each in target)
