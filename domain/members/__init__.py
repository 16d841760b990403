"""Who takes part: the public row of a member, the person behind it, and their roles."""
