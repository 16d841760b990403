"""What happened: one row per change of state, written with it, read by streams and webhooks."""
