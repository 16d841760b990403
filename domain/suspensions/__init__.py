"""Suspensions: proposed by a rule or by staff, imposed by a person alone, appealed once (3.20)."""
