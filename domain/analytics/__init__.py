"""What the platform counts of its own events: by purpose, under pseudonyms, and not for long."""
