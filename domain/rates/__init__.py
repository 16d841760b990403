"""Dated basis points: our fee, the referral reward, VAT by country."""
