"""Taxes: what members certify, and the law that finance looks after."""
