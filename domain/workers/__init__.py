"""What a worker's record is worth: points and the level they make."""
