-- From format 1 to format 2. A migration is frozen once it is landed: it says what tables were then.

-- kept --
CREATE TEMPORARY TABLE kept AS SELECT * FROM shard;

-- gone --
DROP TABLE shard;

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
    deadline BIGINT NOT NULL,       -- the end of the last day that keeps the lead time of its holders' countries
    news SMALLINT NOT NULL DEFAULT 0,       -- 1: a short notice, that the date of what they were told of moved
    PRIMARY KEY (campaign, id)
) {clustered};

-- refilled --
-- Until now the strictest country's last day counted for all.
INSERT INTO shard (campaign, id, channel, locale, guardian, ready_at, epoch, zone, deadline, news)
SELECT kept.campaign, kept.id, kept.channel, kept.locale, kept.guardian, kept.ready_at, kept.epoch, kept.zone,
    campaign.deadline, 0
FROM kept JOIN campaign ON campaign.id = kept.campaign;

-- forgotten --
DROP TABLE kept;

-- shard_ready --
CREATE INDEX shard_ready ON shard (campaign, channel, ready_at, deadline, id) WHERE ready_at IS NOT NULL;

-- person --
-- The key under which one person's account and address stand in the evidence; without it they say nothing.
CREATE TABLE person (
    campaign BIGINT NOT NULL,
    holder BIGINT NOT NULL,
    secret TEXT NOT NULL,           -- 32 bytes, hexadecimal
    PRIMARY KEY (campaign, holder)
) {clustered};

-- segment --
-- What was sealed, in the order of sealing. Rows are added and never changed; no statement of ours removes one.
CREATE TABLE segment (
    campaign BIGINT NOT NULL,
    number BIGINT NOT NULL,         -- 0, 1, 2, ...
    kind TEXT NOT NULL,             -- plan, notices, skipped, refused, events, answers
    low BIGINT NOT NULL,            -- the shard; of the other kinds the first and the last number in it
    high BIGINT NOT NULL,
    epoch BIGINT NOT NULL,          -- of the shard as it was sealed; of the other kinds 0
    header TEXT NOT NULL,           -- canonical JSON
    digest TEXT NOT NULL,           -- the hash of the header as a leaf of the tree of segments
    PRIMARY KEY (campaign, number)
) {clustered};

-- segment_found --
CREATE INDEX segment_found ON segment (campaign, kind, low);

-- segment_body --
-- Apart from the headers, which are read by the hundred thousand for one proof.
CREATE TABLE segment_body (
    campaign BIGINT NOT NULL,
    number BIGINT NOT NULL,
    leaves TEXT NOT NULL,           -- canonical JSON, a line a leaf
    PRIMARY KEY (campaign, number)
);

-- checkpoint --
-- Signed statements about the segments so far.
CREATE TABLE checkpoint (
    campaign BIGINT NOT NULL,
    number BIGINT NOT NULL,
    body TEXT NOT NULL,             -- canonical JSON, as signed
    signature TEXT NOT NULL,
    PRIMARY KEY (campaign, number)
) {clustered};

-- report --
-- What a provider reported, as it came: stored before anything is understood, kept with its signature.
CREATE TABLE report (
    id {identity},
    source TEXT NOT NULL,           -- sendgrid: its signed webhook; mail: a bounce or complaint report by mail
    received_at BIGINT NOT NULL,
    digest TEXT NOT NULL UNIQUE,    -- SHA-256 of the bytes: the same report sent again is the same row
    encoding TEXT NOT NULL,         -- of `body`: utf-8, or base64 where the bytes are no text
    body TEXT NOT NULL,
    signed_at TEXT NOT NULL,        -- what the signature was made over besides the bytes; empty: not signed
    signature TEXT NOT NULL,
    settled_at BIGINT,              -- NULL: still to be understood
    problem TEXT                    -- why nothing could be understood
);

-- report_waiting --
CREATE INDEX report_waiting ON report (id) WHERE settled_at IS NULL;

-- event --
-- One row a reported event, however often it was reported.
CREATE TABLE event (
    source TEXT NOT NULL,
    key TEXT NOT NULL,              -- the provider's id of the event, else a digest of it
    campaign BIGINT NOT NULL,       -- 0: of no notice of this ledger
    holder BIGINT NOT NULL,
    channel SMALLINT NOT NULL,
    attempt BIGINT NOT NULL,
    kind TEXT NOT NULL,             -- the provider's word
    state SMALLINT,                 -- what it says of the notice; NULL: nothing that counts
    hard SMALLINT NOT NULL,         -- the address is dead, or the holder complained: nothing is sent there again
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    report BIGINT NOT NULL,         -- where it stands as it came, and which one of that report it is
    place INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) {clustered};

-- event_holder --
CREATE INDEX event_holder ON event (campaign, holder);

-- event_in_report --
CREATE INDEX event_in_report ON event (report, place);

-- answer --
-- What a holder said; rows are only ever added, and the last one counts.
CREATE TABLE answer (
    id {identity},
    release TEXT NOT NULL,          -- document/release
    account TEXT NOT NULL,
    answer TEXT NOT NULL,           -- yes, no, later; seen: the notice was shown, nothing was asked
    guardian SMALLINT NOT NULL,     -- given by a parent or guardian
    via TEXT NOT NULL,              -- page or app
    locale TEXT NOT NULL,           -- of the text that was shown
    digest TEXT NOT NULL,           -- of that text
    at BIGINT NOT NULL,
    form TEXT NOT NULL,             -- names the form or request, so that the same one sent again adds nothing
    UNIQUE (release, account, form)
);

-- subscription --
-- Browsers that asked on the site to be told; nobody's account.
CREATE TABLE subscription (
    endpoint TEXT PRIMARY KEY,      -- SHA-256
    address TEXT NOT NULL,          -- SHA-256 of the body: what `suppression` knows it by
    body TEXT NOT NULL,             -- JSON as the browser gave it
    locale TEXT NOT NULL,
    at BIGINT NOT NULL
) {clustered};
