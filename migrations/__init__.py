"""Run by Piccolo in the order of their names; the schema itself is the SQL beside them."""
