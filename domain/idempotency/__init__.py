"""Remembers which wish of a member was already fulfilled."""
