"""The languages in which we say no: which one a client reads, and what it reads there."""
