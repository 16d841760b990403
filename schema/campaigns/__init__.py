"""Campaigns: what employers offer."""
