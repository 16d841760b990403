"""The rules of the marketplace, as specifications."""
