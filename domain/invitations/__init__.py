"""Letters in which members ask friends to join, and the friends who want none."""
