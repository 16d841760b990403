"""Money entering from employers, and the port of the providers that take it."""
