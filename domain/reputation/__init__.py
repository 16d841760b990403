"""A worker's record as one signed text, which anybody can check without us."""
