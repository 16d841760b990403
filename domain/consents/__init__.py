"""What members agree to: versions of policies, and a consent for each."""
