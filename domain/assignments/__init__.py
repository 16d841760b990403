"""A worker's claim on a place, what was handed in under it, and the decision on it."""
