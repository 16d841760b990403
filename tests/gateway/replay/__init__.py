"""`piecerate replay`, from the file to the last figure."""
