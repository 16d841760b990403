"""Hosts that no campaign may lead to, as staff decide it."""
