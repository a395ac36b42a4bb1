"""One revision a format; each runs the file of statements of its name."""
