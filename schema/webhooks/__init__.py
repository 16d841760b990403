"""Webhooks: the viewer's endpoints, and what was delivered to them."""
