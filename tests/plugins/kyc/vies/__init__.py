"""Tests of the verifier `vies`."""
