"""Dated numbers that the platform decides: our fee, the referral reward, limits."""
