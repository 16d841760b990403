"""What a worker and an employer write to each other, by public id and without contact data."""
