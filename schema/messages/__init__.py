"""What a worker and an employer write to each other."""

from __future__ import annotations
