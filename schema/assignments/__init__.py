"""Assignments: claims on places, what was handed in, and the decisions."""
