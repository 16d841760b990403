"""Who somebody is: checks that prove it, the levels they make, and what needs a level."""
