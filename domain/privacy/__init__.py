"""What a member may take along, what goes with them, and what has to stay."""
