"""What the marketplace does; knows no transport, no vendor, no clock."""
