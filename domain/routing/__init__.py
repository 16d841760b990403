"""Dated rules that say who pays whom, when, and at whose expense."""
