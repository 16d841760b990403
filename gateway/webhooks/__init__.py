"""Webhooks to members' endpoints: what is written, and how it is sent."""
