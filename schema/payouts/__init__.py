"""Payouts: earnings on their way out, and where they go."""
