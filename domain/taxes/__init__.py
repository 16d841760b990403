"""VAT: which, why, and who said so. Tax identities: who a member is to the tax office."""
