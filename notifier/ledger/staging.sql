-- Tables of one plan's own connection, gone with its transaction: rows are loaded here by the hundred and spread over
-- the ledger's tables by the database itself. One block a table; blocks begin with `-- name --`.

-- staged --
CREATE TEMPORARY TABLE staged (
    id INTEGER PRIMARY KEY,
    line BIGINT NOT NULL,
    account TEXT NOT NULL,
    decision INTEGER NOT NULL,
    address TEXT,                   -- of the first way; NULL: nothing goes out
    shard BIGINT
);

-- further --
CREATE TEMPORARY TABLE further (
    holder BIGINT NOT NULL,
    channel SMALLINT NOT NULL,
    address TEXT NOT NULL,
    shard BIGINT NOT NULL
);

-- decision --
CREATE TEMPORARY TABLE decision (
    number INTEGER PRIMARY KEY,
    country TEXT NOT NULL,
    locale TEXT NOT NULL,
    rule TEXT NOT NULL,
    skipped TEXT,
    channel SMALLINT,               -- of the first way
    guardian SMALLINT NOT NULL
);

-- maybe --
-- Mailboxes, in small letters, that may have come twice.
CREATE TEMPORARY TABLE maybe (
    address TEXT PRIMARY KEY
);

-- twice --
CREATE TEMPORARY TABLE twice (
    id INTEGER PRIMARY KEY,
    line BIGINT NOT NULL,
    account TEXT NOT NULL,
    first BIGINT NOT NULL
);

-- shared --
CREATE TEMPORARY TABLE shared (
    holder INTEGER PRIMARY KEY,
    first BIGINT NOT NULL
);

-- seen --
-- Of a plan that is refreshed: holders that were found in the source, and what becomes of each.
CREATE TEMPORARY TABLE seen (
    holder INTEGER PRIMARY KEY,
    what SMALLINT NOT NULL
);

-- gone --
-- Accounts taken out of the plan, to be planned anew.
CREATE TEMPORARY TABLE gone (
    account TEXT PRIMARY KEY
);

-- fresh --
-- Holders planned before whose address is new: looked through again for mailboxes that are shared.
CREATE TEMPORARY TABLE fresh (
    holder INTEGER PRIMARY KEY
);
