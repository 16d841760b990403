"""Makes what tests need, through the public operations."""
