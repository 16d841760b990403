"""What worker and employer think of each other after an assignment is settled."""
