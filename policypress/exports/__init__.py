"""What the site offers beside its pages; one file a format, which do not know each other."""
