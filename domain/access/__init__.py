"""How members prove who they are: passwords, sessions, step-up."""
