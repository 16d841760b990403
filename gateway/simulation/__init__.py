"""A whole marketplace on a virtual clock: people with habits, faults by seed, every day audited."""
