"""Tests of the Stripe plugin."""
