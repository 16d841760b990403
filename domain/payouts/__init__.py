"""Money leaving: destinations, payouts, their attempts and batches, and the port of providers."""
