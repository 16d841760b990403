"""What workers have shown that they can do, in paid tests."""
