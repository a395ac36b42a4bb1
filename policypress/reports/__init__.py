"""A comparison or problems as a reviewer reads them; one file a format, which do not know each other."""
