-- Statements of evidence: what is sealed is read, segments and checkpoints are added. None removes a segment.

-- seal_lock --
-- A write to the campaign's row, so that two who seal do so one after the other.
UPDATE campaign SET standing = standing WHERE id = :campaign

-- seal_campaign --
SELECT name, digest, audience, planned_at, as_of, first_day, last_day, deadline, lead_days, not_before, not_after
FROM campaign WHERE id = :campaign

-- seal_last --
SELECT number, header FROM segment WHERE campaign = :campaign ORDER BY number DESC LIMIT 1

-- seal_last_of --
SELECT number, high, header FROM segment
WHERE campaign = :campaign AND kind = :kind ORDER BY number DESC LIMIT 1

-- seal_upto --
SELECT COALESCE(MAX(high), 0) AS upto FROM segment
WHERE campaign = :campaign AND kind = :kind AND epoch = :epoch

-- seal_shards --
-- Shards in which nothing is left to do, and that were not sealed as they are.
SELECT shard.id, shard.epoch FROM shard
WHERE shard.campaign = :campaign AND shard.id > :after AND shard.ready_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM segment
    WHERE segment.campaign = :campaign AND segment.kind = 'notices' AND segment.low = shard.id
        AND segment.epoch >= shard.epoch
)
ORDER BY shard.id LIMIT :limit

-- seal_shard --
SELECT shard.epoch, shard.locale, shard.guardian FROM shard
WHERE shard.campaign = :campaign AND shard.id = :shard AND shard.ready_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM segment
    WHERE segment.campaign = :campaign AND segment.kind = 'notices' AND segment.low = shard.id
        AND segment.epoch >= shard.epoch
)

-- seal_notices --
SELECT notice.holder, notice.channel, notice.leader, notice.state, notice.at, notice.tries, notice.attempt,
    holder.account, holder.country, holder.rule, contact.address, person.secret,
    attempt.started_at, attempt.ended_at, attempt.provider, attempt.provider_id, attempt.content
FROM notice
JOIN holder ON holder.campaign = notice.campaign AND holder.id = notice.holder
LEFT JOIN contact ON contact.campaign = notice.campaign AND contact.holder = notice.holder
    AND contact.channel = notice.channel
LEFT JOIN person ON person.campaign = notice.campaign AND person.holder = notice.holder
LEFT JOIN attempt ON attempt.id = notice.attempt
WHERE notice.campaign = :campaign AND notice.shard = :shard
ORDER BY notice.holder, notice.channel

-- seal_trail --
-- Of those who share a message the reasons stand with the one it was sent to.
SELECT notice.holder, notice.channel, trail.attempt, trail.at, trail.state, trail.reason
FROM notice
JOIN trail ON trail.campaign = notice.campaign AND trail.channel = notice.channel
    AND trail.holder = CASE WHEN notice.leader > 0 THEN notice.leader ELSE notice.holder END
WHERE notice.campaign = :campaign AND notice.shard = :shard
ORDER BY notice.holder, notice.channel, trail.at

-- seal_skipped --
SELECT holder.id AS holder, holder.account, holder.country, holder.locale, holder.rule, holder.skipped, person.secret
FROM holder
LEFT JOIN person ON person.campaign = holder.campaign AND person.holder = holder.id
WHERE holder.campaign = :campaign AND holder.id > :after AND holder.skipped IS NOT NULL
ORDER BY holder.id LIMIT :limit

-- seal_refused --
SELECT line, account, reason, kept FROM fault
WHERE campaign = :campaign AND line > :after ORDER BY line, account, reason LIMIT :limit

-- person_put --
INSERT INTO person (campaign, holder, secret) VALUES (:campaign, :holder, :secret) ON CONFLICT DO NOTHING

-- segment_put --
INSERT INTO segment (campaign, number, kind, low, high, epoch, header, digest)
VALUES (:campaign, :number, :kind, :low, :high, :epoch, :header, :digest)

-- segment_body_put --
INSERT INTO segment_body (campaign, number, leaves) VALUES (:campaign, :number, :leaves)

-- segment_digests --
SELECT number, digest FROM segment
WHERE campaign = :campaign AND number >= :low AND number < :high ORDER BY number

-- segments_of --
-- Segments of a kind in which a number may stand.
SELECT segment.number, segment.header, segment_body.leaves FROM segment
JOIN segment_body ON segment_body.campaign = segment.campaign AND segment_body.number = segment.number
WHERE segment.campaign = :campaign AND segment.kind = :kind AND segment.low <= :number AND segment.high >= :number
ORDER BY segment.number

-- segment_get --
SELECT segment.header, segment_body.leaves FROM segment
JOIN segment_body ON segment_body.campaign = segment.campaign AND segment_body.number = segment.number
WHERE segment.campaign = :campaign AND segment.number = :number

-- checkpoint_put --
INSERT INTO checkpoint (campaign, number, body, signature) VALUES (:campaign, :number, :body, :signature)

-- checkpoint_last --
SELECT number, body, signature FROM checkpoint WHERE campaign = :campaign ORDER BY number DESC LIMIT 1

-- checkpoints --
SELECT number, body, signature FROM checkpoint WHERE campaign = :campaign ORDER BY number

-- proof_holder --
SELECT holder.id, holder.account, person.secret FROM holder
LEFT JOIN person ON person.campaign = holder.campaign AND person.holder = holder.id
WHERE holder.campaign = :campaign AND holder.account = :account

-- proof_notices --
SELECT notice.channel, notice.shard, contact.address FROM notice
LEFT JOIN contact ON contact.campaign = notice.campaign AND contact.holder = notice.holder
    AND contact.channel = notice.channel
WHERE notice.campaign = :campaign AND notice.holder = :holder ORDER BY notice.channel

-- purge_contacts --
DELETE FROM contact WHERE campaign = :campaign AND holder > :low AND holder <= :high

-- purge_faults --
UPDATE fault SET account = '' WHERE campaign = :campaign

-- erase_person --
DELETE FROM person WHERE campaign = :campaign AND holder = :holder

-- erase_account --
-- The account must stay unique; what stands there now is nobody's.
UPDATE holder SET account = :erased WHERE campaign = :campaign AND id = :holder

-- erase_contact --
DELETE FROM contact WHERE campaign = :campaign AND holder = :holder

-- proof_fault --
SELECT line, reason FROM fault WHERE campaign = :campaign AND account = :account ORDER BY line LIMIT 1

-- purge_last --
-- When the last request ended: from there the days of retention count.
SELECT MAX(ended_at) FROM attempt WHERE campaign = :campaign

-- erase_open --
-- Notices of a holder in a shard that still has something to do, or is not sealed as it is.
SELECT notice.channel FROM notice
JOIN shard ON shard.campaign = notice.campaign AND shard.id = notice.shard
WHERE notice.campaign = :campaign AND notice.holder = :holder AND (
    shard.ready_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM segment
        WHERE segment.campaign = :campaign AND segment.kind = 'notices' AND segment.low = shard.id
            AND segment.epoch >= shard.epoch
    )
)

-- seal_reports --
-- Reports with events about a campaign, in their order. What came a moment ago waits: a report before it may still be
-- on its way into the ledger.
SELECT report AS id, COUNT(*) AS events FROM event
WHERE campaign = :campaign AND report > :after AND report < (
    SELECT COALESCE(MIN(id), 9223372036854775807) FROM report WHERE settled_at IS NULL OR received_at > :recent
)
GROUP BY report ORDER BY report LIMIT :limit

-- seal_events --
SELECT event.source, event.key, event.holder, event.channel, event.attempt, event.kind, event.state, event.at,
    event.reason, event.report, event.place, holder.account, person.secret
FROM event
JOIN holder ON holder.campaign = event.campaign AND holder.id = event.holder
LEFT JOIN person ON person.campaign = event.campaign AND person.holder = event.holder
WHERE event.campaign = :campaign AND event.report >= :low AND event.report <= :high
ORDER BY event.report, event.place

-- seal_body --
SELECT source, encoding, body, digest FROM report WHERE id = :id

-- seal_answers --
SELECT answer.id, answer.answer, answer.question, answer.guardian, answer.via, answer.locale, answer.digest, answer.at,
    holder.account, holder.id AS holder, person.secret
FROM answer
JOIN holder ON holder.campaign = :campaign AND holder.account = answer.account
LEFT JOIN person ON person.campaign = holder.campaign AND person.holder = holder.id
WHERE answer.release = :release AND answer.id > :after AND answer.id < (
    SELECT COALESCE(MIN(recent.id), 9223372036854775807) FROM answer AS recent WHERE recent.at > :recent
)
ORDER BY answer.id LIMIT :limit

-- proof_events --
SELECT source, key, report, place FROM event WHERE campaign = :campaign AND holder = :holder ORDER BY report, place

-- proof_answers --
SELECT id FROM answer WHERE release = :release AND account = :account ORDER BY id

-- purge_reports --
-- What providers reported, as it came, where it tells of no other campaign and every event of it is sealed.
UPDATE report SET body = ''
WHERE settled_at IS NOT NULL AND id <= :upto AND body <> '' AND NOT EXISTS (
    SELECT 1 FROM event WHERE event.report = report.id AND event.campaign NOT IN (0, :campaign)
)

-- erase_fault --
UPDATE fault SET account = '' WHERE campaign = :campaign AND account = :account

-- erase_unsealed --
-- What was reported of a holder and is not sealed yet.
SELECT 1 FROM event WHERE campaign = :campaign AND holder = :holder AND report > :upto LIMIT 1

-- erase_reports --
-- Every report that speaks of a notice, as it came: also those that only repeat what others told first.
SELECT id, source, encoding, body FROM report
WHERE id > :after AND body <> '' AND (
    id IN (SELECT report FROM event WHERE campaign = :campaign AND holder = :holder) OR body LIKE :notice
)
ORDER BY id LIMIT 1

-- erase_report --
UPDATE report SET body = :body WHERE id = :id

-- erase_answers --
UPDATE answer SET account = :erased WHERE release = :release AND account = :account
