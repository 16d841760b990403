"""What members ask staff, about what they can see; and what staff note beside it."""
