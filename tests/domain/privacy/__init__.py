"""Members who leave, and what they take along."""
