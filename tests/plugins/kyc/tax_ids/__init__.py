"""Tests of the verifier `tax_ids`."""
