"""Servers to compare with, each built as its own documentation would have it."""

from __future__ import annotations
