"""Members whom staff should look at, and what they make of it."""
