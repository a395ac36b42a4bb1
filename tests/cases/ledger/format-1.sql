-- The ledger's tables. The same for every database but for two words in braces, which the dialect fills in:
--   {identity}    an integer key that is never given twice
--   {clustered}   rows kept in the order of their key
-- Times are milliseconds since the epoch, UTC. States: see notifier/ledger/records.py and the table `state`.
-- One block a table; blocks begin with `-- name --`.

-- about --
CREATE TABLE about (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- state --
CREATE TABLE state (
    number SMALLINT PRIMARY KEY,
    name TEXT NOT NULL
);

-- campaign --
CREATE TABLE campaign (
    id {identity},
    name TEXT NOT NULL UNIQUE,      -- document/release
    bundle TEXT NOT NULL,           -- the release as planned, whole
    digest TEXT NOT NULL,           -- of the bundle
    audience TEXT NOT NULL,         -- where the holders came from
    planned_at BIGINT NOT NULL,
    as_of TEXT,                     -- the day calendar decisions were made for, where one was chosen
    first_day TEXT NOT NULL,        -- not before
    last_day TEXT NOT NULL,         -- the last day that keeps the lead time everywhere
    deadline BIGINT NOT NULL,       -- the end of that day
    lead_days INTEGER NOT NULL,
    not_before BIGINT NOT NULL DEFAULT 0,
    not_after BIGINT NOT NULL DEFAULT 0,    -- what is planned still expires then; 0: never
    standing SMALLINT NOT NULL DEFAULT 0    -- what the operator ordered: 0 goes on, 1 paused, 2 cancelled
);

-- holder --
CREATE TABLE holder (
    campaign BIGINT NOT NULL,
    id BIGINT NOT NULL,             -- numbered in the order of the source
    account TEXT NOT NULL,
    line BIGINT NOT NULL,
    country TEXT NOT NULL,
    locale TEXT NOT NULL,           -- the one the notice is in
    rule TEXT NOT NULL,             -- why that one
    skipped TEXT,                   -- why nothing goes to this holder, where nothing does
    PRIMARY KEY (campaign, id)
) {clustered};

-- holder_account --
CREATE UNIQUE INDEX holder_account ON holder (campaign, account);

-- contact --
-- Apart from the notices: addresses leave when the campaign closes, the record of what was done stays.
CREATE TABLE contact (
    campaign BIGINT NOT NULL,
    holder BIGINT NOT NULL,
    channel SMALLINT NOT NULL,
    address TEXT NOT NULL,
    guardian SMALLINT NOT NULL,
    PRIMARY KEY (campaign, holder, channel)
) {clustered};

-- shard --
-- Up to 1,000 notices of one channel in one language: what a worker takes at a time.
CREATE TABLE shard (
    campaign BIGINT NOT NULL,
    id BIGINT NOT NULL,
    channel SMALLINT NOT NULL,
    locale TEXT NOT NULL,
    guardian SMALLINT NOT NULL,
    ready_at BIGINT,                -- nobody takes it before: nothing is due, or a worker has it; NULL: nothing left
    epoch INTEGER NOT NULL,         -- raised by every claim; a write with an older one is refused
    zone TEXT NOT NULL DEFAULT '',  -- time zone of its holders, where quiet hours count; '': that of the policy
    PRIMARY KEY (campaign, id)
) {clustered};

-- shard_ready --
CREATE INDEX shard_ready ON shard (campaign, channel, ready_at, id) WHERE ready_at IS NOT NULL;

-- notice --
CREATE TABLE notice (
    campaign BIGINT NOT NULL,
    holder BIGINT NOT NULL,
    channel SMALLINT NOT NULL,
    shard BIGINT NOT NULL,
    leader BIGINT NOT NULL,         -- the holder whose message, to the same mailbox, this one shares; 0: its own
    state SMALLINT NOT NULL,
    at BIGINT NOT NULL,             -- planned: not before; else when the state was reached
    tries SMALLINT NOT NULL,        -- requests of unknown outcome so far
    attempt BIGINT NOT NULL,        -- the last one; 0: none
    failures SMALLINT NOT NULL DEFAULT 0,   -- requests that certainly did not send it
    PRIMARY KEY (campaign, holder, channel)
) {clustered};

-- notice_shard --
CREATE INDEX notice_shard ON notice (campaign, shard);

-- notice_leader --
CREATE INDEX notice_leader ON notice (campaign, leader) WHERE leader > 0;

-- content --
CREATE TABLE content (
    digest TEXT PRIMARY KEY,
    body TEXT NOT NULL              -- canonical JSON of what was sent
) {clustered};

-- attempt --
-- One row a request, written before it is made.
CREATE TABLE attempt (
    id {identity},
    campaign BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    epoch INTEGER NOT NULL,
    provider TEXT NOT NULL,
    content TEXT NOT NULL,          -- digest
    copies INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,                -- NULL: no outcome was ever written
    provider_id TEXT
);

-- attempt_campaign --
CREATE INDEX attempt_campaign ON attempt (campaign, id);

-- pace --
-- One row a channel: the token bucket of all who send through it, whatever the campaign.
CREATE TABLE pace (
    channel SMALLINT PRIMARY KEY,
    free_at BIGINT NOT NULL,        -- nothing goes out before
    began BIGINT,                   -- first day of use, counted from 1970: where its warm-up starts
    day BIGINT NOT NULL,            -- the last day of use, and the messages of that day
    used BIGINT NOT NULL,
    failures INTEGER NOT NULL,      -- requests in a row that failed as a whole
    per_second DOUBLE PRECISION     -- ordered with `notifier rate`; NULL: the setting counts
);

-- suppression --
-- Where nothing is sent any more, in any campaign: dead tokens and addresses that are refused for good.
CREATE TABLE suppression (
    channel SMALLINT NOT NULL,
    address TEXT NOT NULL,          -- SHA-256: it must be found again, not read
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (channel, address)
) {clustered};

-- trail --
-- What the notice's own row does not keep: outcomes other than accepted, with their reasons.
CREATE TABLE trail (
    campaign BIGINT NOT NULL,
    holder BIGINT NOT NULL,
    channel SMALLINT NOT NULL,
    attempt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    reason TEXT NOT NULL
);

-- trail_holder --
CREATE INDEX trail_holder ON trail (campaign, holder);

-- fault --
CREATE TABLE fault (
    campaign BIGINT NOT NULL,
    line BIGINT NOT NULL,
    account TEXT NOT NULL,
    reason TEXT NOT NULL,
    kept SMALLINT NOT NULL          -- the rest of the row was planned all the same
);

-- fault_campaign --
CREATE INDEX fault_campaign ON fault (campaign, line);
