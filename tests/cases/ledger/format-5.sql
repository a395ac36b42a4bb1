-- The ledger's tables. The same for every database but for three words in braces, which the dialect fills in:
--   {identity}    an integer key that is never given twice
--   {clustered}   rows kept in the order of their key
--   {unlogged}    gone after a crash, and cheap to write
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
    last_day TEXT NOT NULL,         -- the last day that keeps the lead time everywhere: for its strictest country
    deadline BIGINT NOT NULL,       -- the end of that day
    lead_days INTEGER NOT NULL,
    not_before BIGINT NOT NULL DEFAULT 0,
    not_after BIGINT NOT NULL DEFAULT 0,    -- what is planned still expires then; 0: never
    standing SMALLINT NOT NULL DEFAULT 0,   -- what the operator ordered: 0 goes on, 1 paused, 2 cancelled
    handed_at BIGINT                -- when it was handed over to the workers; NULL: they leave it alone
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
    deadline BIGINT NOT NULL,       -- the end of the last day that keeps the lead time of its holders' countries
    news SMALLINT NOT NULL DEFAULT 0,       -- 1: a short notice, that the date of what they were told of moved
    PRIMARY KEY (campaign, id)
) {clustered};

-- shard_ready --
-- What is ready goes out by deadline: those who are promised the longest lead time are told first.
CREATE INDEX shard_ready ON shard (campaign, channel, ready_at, deadline, id) WHERE ready_at IS NOT NULL;

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
    kind TEXT NOT NULL,             -- plan, approvals, notices, skipped, refused, events, answers
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

-- manifest --
-- Everything that a plan will send, as it stood when it was planned: what a second person approves. Rows are added.
CREATE TABLE manifest (
    id {identity},
    campaign BIGINT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT NOT NULL,             -- canonical JSON
    planner TEXT NOT NULL,          -- who planned it, as they named themselves
    at BIGINT NOT NULL
);

-- manifest_campaign --
CREATE INDEX manifest_campaign ON manifest (campaign, id);

-- approval --
-- Who approved a plan; rows are only ever added, and the last one counts.
CREATE TABLE approval (
    id {identity},
    campaign BIGINT NOT NULL,
    digest TEXT NOT NULL,           -- of the manifest
    approver TEXT NOT NULL,         -- as they named themselves
    at BIGINT NOT NULL
);

-- approval_campaign --
CREATE INDEX approval_campaign ON approval (campaign, id);

-- lost --
-- Of a ledger that was restored from a backup: whom requests went to that it does not know. They are not told again.
CREATE TABLE lost (
    campaign TEXT NOT NULL,         -- its name: the plan may be lost too
    channel SMALLINT NOT NULL,
    mark TEXT NOT NULL,             -- keyed digest of the address, as the witness has it
    attempt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (campaign, channel, mark)
) {clustered};

-- worker --
-- Processes of `notifier worker`; a row goes when its worker leaves.
CREATE TABLE worker (
    id {identity},
    name TEXT NOT NULL,             -- as it named itself: machine and process
    threads INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    accepted BIGINT NOT NULL        -- copies that providers took over from it
);

-- allowance --
-- How often a client or a link may still come, counted by all who serve together. Rows whose time is over say nothing.
CREATE {unlogged} TABLE allowance (
    key TEXT PRIMARY KEY,           -- keyed digest: neither an address nor a link
    until BIGINT NOT NULL           -- microseconds since the epoch: when nothing is left of what was spent
) {clustered};
