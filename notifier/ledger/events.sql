-- Statements about what providers reported. Parameters are written :name; {lock} is the dialect's way to pass over rows
-- that another process is taking at this moment.

-- report_put --
INSERT INTO report (source, received_at, digest, encoding, body, signed_at, signature)
VALUES (:source, :received_at, :digest, :encoding, :body, :signed_at, :signature)
ON CONFLICT (digest) DO NOTHING

-- report_next --
SELECT id, source, received_at, encoding, body FROM report WHERE settled_at IS NULL ORDER BY id LIMIT 1 {lock}

-- report_get --
SELECT source, received_at, digest, encoding, body, signed_at, signature FROM report WHERE id = :id

-- report_settled --
UPDATE report SET settled_at = :now, problem = :problem WHERE id = :id

-- report_drop --
-- It told nothing new: what it repeats stands in the reports before it.
DELETE FROM report WHERE id = :id

-- count_waiting --
SELECT COUNT(*) AS reports FROM report WHERE settled_at IS NULL

-- list_problems --
SELECT id, source, received_at, problem FROM report WHERE problem IS NOT NULL ORDER BY id DESC LIMIT :limit

-- event_put --
INSERT INTO event (source, key, campaign, holder, channel, attempt, kind, state, hard, at, reason, report, place)
VALUES (:source, :key, :campaign, :holder, :channel, :attempt, :kind, :state, :hard, :at, :reason, :report, :place)
ON CONFLICT (source, key) DO NOTHING

-- events_of --
SELECT source, key, channel, attempt, kind, state, hard, at, reason, report, place
FROM event WHERE campaign = :campaign AND holder = :holder ORDER BY at, source, key

-- campaign_name --
SELECT name FROM campaign WHERE id = :campaign

-- notice_standing --
SELECT notice.state, notice.at, notice.attempt, notice.shard, contact.address
FROM notice
LEFT JOIN contact ON contact.campaign = notice.campaign AND contact.holder = notice.holder
    AND contact.channel = notice.channel
WHERE notice.campaign = :campaign AND notice.holder = :holder AND notice.channel = :channel

-- attempt_shard --
SELECT shard FROM attempt WHERE id = :attempt AND campaign = :campaign

-- shard_hold --
-- Every worker's write begins with its shard's row: while this transaction holds it, none writes to the shard.
UPDATE shard SET epoch = epoch WHERE campaign = :campaign AND id = :shard

-- shard_settled --
-- Nothing is left to do in it: whoever waits for it need not wait out the window.
UPDATE shard SET ready_at = NULL
WHERE campaign = :campaign AND id = :shard AND NOT EXISTS (
    SELECT 1 FROM notice
    WHERE notice.campaign = :campaign AND notice.shard = :shard
        AND notice.state IN (:planned, :attempting, :unknown)
)

-- lift --
UPDATE notice SET state = :state, at = :at
WHERE campaign = :campaign AND holder = :holder AND channel = :channel AND state = :before

-- lift_followers --
-- Those who share its message.
UPDATE notice SET state = :state, at = :at
WHERE campaign = :campaign AND leader = :holder AND leader > 0 AND channel = :channel AND state = :before
