"""What a member is told: in an inbox, by letter, or both."""
