"""What happened, as live streams and webhooks tell it."""
