"""Live updates: who listens, when to look again, and the end of a process."""
