"""`piecerate replay`: drives the marketplace with a real file of crowd answers."""
