"""Providers that move money. None of them knows another."""
