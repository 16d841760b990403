"""Webhooks: the events of a member, delivered to an endpoint of theirs."""
