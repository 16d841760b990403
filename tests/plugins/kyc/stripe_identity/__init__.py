"""Tests of the verifier `stripe_identity`."""
