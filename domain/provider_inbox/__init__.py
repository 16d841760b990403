"""What providers tell us unasked: webhooks, files, statements. It schedules look-ups, no more."""
