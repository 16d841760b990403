"""Double-entry books: append only, balanced per currency, never overdrawn."""
