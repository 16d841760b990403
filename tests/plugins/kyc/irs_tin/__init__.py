"""Tests of the verifier `irs_tin`."""
