"""Filters of the market that members keep, and what they are told of by them."""
