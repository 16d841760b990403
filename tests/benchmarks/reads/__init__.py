"""The read benchmark: the same questions to Piecerate, to its peers and to the limits."""

from __future__ import annotations
