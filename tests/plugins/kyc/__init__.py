"""Tests of the verifiers that come with Piecerate."""
