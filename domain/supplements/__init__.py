"""What other sources say of a member, as far as the member agrees to each of them (P14)."""
