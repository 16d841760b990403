"""Runs queries and mutations level by level; graphql-core is the reference and the fallback."""
