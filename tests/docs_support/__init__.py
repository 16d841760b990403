"""What the pages in `docs/` are compared with: the example provider, generated diagrams."""
