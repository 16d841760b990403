"""File formats of finance: pure functions from frozen records to bytes."""
