"""The rules of the house that no linter knows. Each message says how to mend it."""
