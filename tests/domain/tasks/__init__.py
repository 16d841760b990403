"""Specifications of `domain.tasks`."""
