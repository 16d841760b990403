"""What clients see of the schema."""
