-- From format 2 to format 3. A migration is frozen once it is landed: it says what tables were then.

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
