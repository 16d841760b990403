"""Files that members hand in."""
