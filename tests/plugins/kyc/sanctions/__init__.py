"""Tests of the verifier `sanctions`."""
