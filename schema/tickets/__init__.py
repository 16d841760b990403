"""Tickets: members ask staff."""

from __future__ import annotations
