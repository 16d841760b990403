"""Peers in Python; they run in an environment of their own."""

from __future__ import annotations
