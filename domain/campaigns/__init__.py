"""What an employer offers: price, instructions, deadlines, and the money set aside for it."""
