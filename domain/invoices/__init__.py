"""Issues documents with gapless numbers from approved work, and keeps them unchanged."""
