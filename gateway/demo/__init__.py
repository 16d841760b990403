"""The demo marketplace of `piecerate demo`: people to log in as, and work in every state.

Everything goes through the public operations. Each step looks before it does something, so a
start that was killed half way is completed by the next one, and a warm start changes nothing.
"""

from __future__ import annotations

from gateway.demo.fill import fill
from gateway.demo.people import LOGINS, Login

__all__ = ["LOGINS", "Login", "fill"]
