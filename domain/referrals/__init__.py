"""Who brought whom, and what the platform pays for it."""
