-- Statements about what providers reported. Parameters are written :name; {lock} is the dialect's way to pass over rows
-- that another process is taking at this moment, {hold} its way to hold rows of a shard, {numbers} its way to read a
-- JSON list of numbers, :numbers, and {listed} a JSON list of rows, :rows, of which each is a `value`.

-- report_put --
INSERT INTO report (source, received_at, digest, encoding, body, signed_at, signature)
VALUES (:source, :received_at, :digest, :encoding, :body, :signed_at, :signature)
ON CONFLICT (digest) DO NOTHING

-- reports_next --
SELECT id, LENGTH(body) AS letters FROM report WHERE settled_at IS NULL ORDER BY id LIMIT :limit {lock}

-- reports_get --
SELECT id, source, received_at, encoding, body FROM report WHERE id IN ({numbers}) ORDER BY id

-- report_get --
SELECT source, received_at, digest, encoding, body, signed_at, signature FROM report WHERE id = :id

-- reports_settled --
UPDATE report SET settled_at = :now WHERE id IN ({numbers})

-- report_unreadable --
UPDATE report SET settled_at = :now, problem = :problem WHERE id = :id

-- reports_drop --
-- They told nothing new: what they repeat stands in the reports before them.
DELETE FROM report WHERE id IN ({numbers})

-- count_waiting --
SELECT COUNT(*) AS reports FROM report WHERE settled_at IS NULL

-- list_problems --
SELECT id, source, received_at, problem FROM report WHERE problem IS NOT NULL ORDER BY id DESC LIMIT :limit

-- events_put --
-- WHERE: without it SQLite takes ON for that of a join.
INSERT INTO event (source, key, campaign, holder, channel, attempt, kind, state, hard, at, reason, report, place)
SELECT
    value ->> 0, value ->> 1, CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT), CAST(value ->> 4 AS SMALLINT),
    CAST(value ->> 5 AS BIGINT), value ->> 6, CAST(value ->> 7 AS SMALLINT), CAST(value ->> 8 AS SMALLINT),
    CAST(value ->> 9 AS BIGINT), value ->> 10, CAST(value ->> 11 AS BIGINT), CAST(value ->> 12 AS INTEGER)
FROM {listed}
WHERE true
ON CONFLICT (source, key) DO NOTHING
RETURNING source, key

-- events_of --
SELECT source, key, channel, attempt, kind, state, hard, at, reason, report, place
FROM event WHERE campaign = :campaign AND holder = :holder ORDER BY at, source, key

-- standings --
-- Of notices listed by campaign, holder and channel.
SELECT
    notice.campaign, notice.holder, notice.channel, notice.state, notice.at, notice.attempt, notice.shard,
    contact.address, campaign.name
FROM (
    SELECT
        CAST(value ->> 0 AS BIGINT) AS campaign, CAST(value ->> 1 AS BIGINT) AS holder,
        CAST(value ->> 2 AS SMALLINT) AS channel
    FROM {listed}
) AS told
JOIN notice ON notice.campaign = told.campaign AND notice.holder = told.holder AND notice.channel = told.channel
JOIN campaign ON campaign.id = told.campaign
LEFT JOIN contact ON contact.campaign = told.campaign AND contact.holder = told.holder
    AND contact.channel = told.channel

-- attempts_shard --
SELECT id, campaign, shard FROM attempt WHERE id IN ({numbers})

-- shards_hold --
-- Every worker's write begins with its shard's row: while this transaction holds it, none writes to the shard.
SELECT shard.id
FROM (
    SELECT CAST(value ->> 0 AS BIGINT) AS campaign, CAST(value ->> 1 AS BIGINT) AS id FROM {listed}
) AS told
JOIN shard ON shard.campaign = told.campaign AND shard.id = told.id
ORDER BY shard.campaign, shard.id {hold}

-- shard_settled --
-- Nothing is left to do in it: whoever waits for it need not wait out the window.
UPDATE shard SET ready_at = NULL
WHERE campaign = :campaign AND id = :shard AND NOT EXISTS (
    SELECT 1 FROM notice
    WHERE notice.campaign = :campaign AND notice.shard = :shard
        AND notice.state IN (:planned, :attempting, :unknown)
)

-- trail_load --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason) VALUES {rows}

-- lift --
-- Notices that still stand as they were read.
UPDATE notice SET state = told.state, at = told.at
FROM (
    SELECT
        CAST(value ->> 0 AS BIGINT) AS campaign, CAST(value ->> 1 AS BIGINT) AS holder,
        CAST(value ->> 2 AS SMALLINT) AS channel, CAST(value ->> 3 AS SMALLINT) AS before,
        CAST(value ->> 4 AS SMALLINT) AS state, CAST(value ->> 5 AS BIGINT) AS at
    FROM {listed}
) AS told
WHERE notice.campaign = told.campaign AND notice.holder = told.holder AND notice.channel = told.channel
    AND notice.state = told.before
RETURNING notice.campaign, notice.holder, notice.channel

-- lift_followers --
-- Those who share its message.
UPDATE notice SET state = told.state, at = told.at
FROM (
    SELECT
        CAST(value ->> 0 AS BIGINT) AS campaign, CAST(value ->> 1 AS BIGINT) AS holder,
        CAST(value ->> 2 AS SMALLINT) AS channel, CAST(value ->> 3 AS SMALLINT) AS before,
        CAST(value ->> 4 AS SMALLINT) AS state, CAST(value ->> 5 AS BIGINT) AS at
    FROM {listed}
) AS told
WHERE notice.campaign = told.campaign AND notice.leader = told.holder AND notice.leader > 0
    AND notice.channel = told.channel AND notice.state = told.before
