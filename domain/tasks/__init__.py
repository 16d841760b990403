"""The units of work of a campaign, with their places as counters."""
