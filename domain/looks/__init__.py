"""Who of the staff looked at a member's personal data, whose, when and why (P51)."""
