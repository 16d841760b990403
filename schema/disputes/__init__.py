"""A rejection that the worker contests."""

from __future__ import annotations
