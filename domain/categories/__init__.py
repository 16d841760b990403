"""Kinds of work as a tree that staff keep, and the least that a place of each may pay."""
