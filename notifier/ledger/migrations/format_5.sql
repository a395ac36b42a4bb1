-- From format 4 to format 5. A migration is frozen once it is landed: it says what tables were then.

-- allowance --
-- How often a client or a link may still come, counted by all who serve together. Rows whose time is over say nothing.
CREATE {unlogged} TABLE allowance (
    key TEXT PRIMARY KEY,           -- keyed digest: neither an address nor a link
    until BIGINT NOT NULL           -- microseconds since the epoch: when nothing is left of what was spent
) {clustered};
