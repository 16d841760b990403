"""Verification: what a member sees of it, and what people decide."""
