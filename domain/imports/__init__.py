"""Offers of other marketplaces, brought over as drafts."""
