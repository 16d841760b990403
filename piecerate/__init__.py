"""The command line, and what partners import; everything else lies in the other packages."""
