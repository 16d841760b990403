"""Specifications of `domain.assignments`."""
