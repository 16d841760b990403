"""What makes staff look at a member, and what they make of it. Nobody is banned by it."""
