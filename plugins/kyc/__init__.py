"""The verifiers that come with Piecerate: each answers single checks about a member."""
