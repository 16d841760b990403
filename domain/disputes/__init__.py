"""A rejection that the worker contests, from the first word to the final one."""

from __future__ import annotations
