"""Tests of the verifier `documents`."""
