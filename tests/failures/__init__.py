"""Each failure mode of docs/plugins/failure-modes.md, and what the platform does about it."""
