"""Specifications of `domain.campaigns`."""
