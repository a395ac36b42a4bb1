"""The press: one versioned policy source, printed as localized sites and release bundles."""
