"""Law as dated rows: rates, limits, memberships and sentences, each with its source."""
