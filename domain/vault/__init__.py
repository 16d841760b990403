"""Values sealed under a key per person; the key that wraps those keys is not in the database."""
