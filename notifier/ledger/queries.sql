-- Every statement of the ledger by name. Parameters are written :name; {lock} is the dialect's way to pass over
-- rows that another worker is taking at this moment.

-- about_get --
SELECT value FROM about WHERE key = :key

-- about_put --
INSERT INTO about (key, value) VALUES (:key, :value)

-- state_put --
INSERT INTO state (number, name) VALUES (:number, :name)

-- campaign_get --
SELECT * FROM campaign WHERE name = :name

-- campaign_names --
SELECT name FROM campaign ORDER BY id

-- campaign_put --
INSERT INTO campaign
    (name, bundle, digest, audience, planned_at, as_of, first_day, last_day, deadline, lead_days)
VALUES
    (:name, :bundle, :digest, :audience, :planned_at, :as_of, '', '', 0, 0)
RETURNING id

-- campaign_calendar --
UPDATE campaign
SET first_day = :first_day, last_day = :last_day, deadline = :deadline, lead_days = :lead_days
WHERE id = :campaign

-- campaign_attempted --
SELECT 1 FROM attempt WHERE campaign = :campaign LIMIT 1

-- forget_campaign --
DELETE FROM campaign WHERE id = :campaign

-- forget_holder --
DELETE FROM holder WHERE campaign = :campaign

-- forget_contact --
DELETE FROM contact WHERE campaign = :campaign

-- forget_shard --
DELETE FROM shard WHERE campaign = :campaign

-- forget_notice --
DELETE FROM notice WHERE campaign = :campaign

-- forget_fault --
DELETE FROM fault WHERE campaign = :campaign

-- numbers_used --
SELECT
    (SELECT COALESCE(MAX(id), 0) FROM holder WHERE campaign = :campaign) AS holders,
    (SELECT COALESCE(MAX(id), 0) FROM shard WHERE campaign = :campaign) AS shards

-- holder_put --
INSERT INTO holder (campaign, id, account, line, country, locale, rule, skipped)
VALUES (:campaign, :id, :account, :line, :country, :locale, :rule, :skipped)
ON CONFLICT DO NOTHING

-- holder_range --
SELECT id FROM holder WHERE campaign = :campaign AND id BETWEEN :low AND :high

-- holder_by_account --
SELECT id, line FROM holder WHERE campaign = :campaign AND account = :account

-- contact_put --
INSERT INTO contact (campaign, holder, channel, address, guardian)
VALUES (:campaign, :holder, :channel, :address, :guardian)

-- notice_put --
INSERT INTO notice (campaign, holder, channel, shard, leader, state, at, tries, attempt)
VALUES (:campaign, :holder, :channel, :shard, 0, :state, 0, 0, 0)

-- shard_put --
INSERT INTO shard (campaign, id, channel, locale, guardian, ready_at, epoch, lease_until)
VALUES (:campaign, :id, :channel, :locale, :guardian, 0, 0, 0)

-- fault_put --
INSERT INTO fault (campaign, line, account, reason, kept)
VALUES (:campaign, :line, :account, :reason, :kept)

-- shared_mailboxes --
-- Holders whose mailbox an earlier one has, with that one: a single sort, whatever the size.
SELECT holder, channel, first FROM (
    SELECT holder, channel, MIN(holder) OVER (PARTITION BY guardian, LOWER(address)) AS first
    FROM contact
    WHERE campaign = :campaign AND channel = :channel
) AS mailboxes
WHERE holder > first AND holder > :after
ORDER BY holder LIMIT :limit

-- fold --
-- The notice follows the first one's message: its shard, and, planned later, what became of it.
UPDATE notice
SET leader = lead.holder, shard = lead.shard, state = lead.state, at = lead.at, tries = lead.tries,
    attempt = lead.attempt
FROM notice AS lead
WHERE notice.campaign = :campaign AND notice.holder = :holder AND notice.channel = :channel
    AND lead.campaign = :campaign AND lead.holder = :first AND lead.channel = :channel

-- claim --
UPDATE shard
SET epoch = epoch + 1, lease_until = :until
WHERE campaign = :campaign AND id = (
    SELECT id FROM shard
    WHERE campaign = :campaign AND ready_at <= :now AND lease_until <= :now
    ORDER BY ready_at, id LIMIT 1 {lock}
)
RETURNING id, channel, locale, guardian, epoch

-- next_due --
SELECT MIN(CASE WHEN ready_at > lease_until THEN ready_at ELSE lease_until END) AS due
FROM shard WHERE campaign = :campaign AND ready_at IS NOT NULL

-- fence --
UPDATE shard SET lease_until = :until
WHERE campaign = :campaign AND id = :shard AND epoch = :epoch

-- orphans_trail --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
SELECT notice.campaign, notice.holder, notice.channel, notice.attempt, :now, :unknown, 'no outcome was recorded'
FROM notice
WHERE notice.campaign = :campaign AND notice.shard = :shard AND notice.state = :attempting

-- orphans --
-- Intents of a worker that never wrote an outcome: unknown since they were sent, not since we noticed.
UPDATE notice
SET state = :unknown, at = attempt.started_at, tries = notice.tries + 1
FROM attempt
WHERE notice.campaign = :campaign AND notice.shard = :shard AND notice.state = :attempting
    AND attempt.id = notice.attempt

-- resend --
UPDATE notice SET state = :planned, at = :now
WHERE campaign = :campaign AND shard = :shard AND state = :unknown AND at <= :settled_before AND tries < :tries

-- ready --
SELECT notice.holder, contact.address
FROM notice
JOIN contact ON contact.campaign = notice.campaign AND contact.holder = notice.holder
    AND contact.channel = notice.channel
WHERE notice.campaign = :campaign AND notice.shard = :shard AND notice.leader = 0
    AND notice.state = :planned AND notice.at <= :now
ORDER BY notice.holder LIMIT :limit

-- content_put --
INSERT INTO content (digest, body) VALUES (:digest, :body) ON CONFLICT DO NOTHING

-- content_get --
SELECT body FROM content WHERE digest = :digest

-- attempt_put --
INSERT INTO attempt (campaign, shard, epoch, provider, content, copies, started_at)
VALUES (:campaign, :shard, :epoch, :provider, :content, :copies, :now)
RETURNING id

-- intend --
UPDATE notice SET state = :attempting, at = :now, attempt = :attempt
WHERE campaign = :campaign AND holder = :holder AND channel = :channel AND state = :planned

-- intend_followers --
UPDATE notice SET state = :attempting, at = :now, attempt = :attempt
FROM notice AS lead
WHERE notice.campaign = :campaign AND notice.shard = :shard AND notice.leader > 0 AND notice.state = :planned
    AND lead.campaign = :campaign AND lead.holder = notice.leader AND lead.channel = notice.channel
    AND lead.attempt = :attempt

-- attempt_end --
UPDATE attempt SET ended_at = :now, provider_id = :provider_id WHERE id = :attempt

-- outcome --
-- For the notice itself and for those who share its message.
UPDATE notice SET state = :state, at = :at, tries = tries + :unknowns
WHERE campaign = :campaign AND holder = :holder AND channel = :channel
    AND attempt = :attempt AND state = :attempting

-- outcome_followers --
UPDATE notice SET state = :state, at = :at, tries = tries + :unknowns
WHERE campaign = :campaign AND leader = :holder AND channel = :channel
    AND attempt = :attempt AND state = :attempting

-- trail_put --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
VALUES (:campaign, :holder, :channel, :attempt, :now, :state, :reason)

-- accept --
UPDATE notice SET state = :accepted, at = :now
WHERE campaign = :campaign AND shard = :shard AND attempt = :attempt AND state = :attempting

-- release --
UPDATE shard
SET lease_until = 0, ready_at = (
    SELECT MIN(CASE WHEN state = :unknown THEN at + :window ELSE at END)
    FROM notice
    WHERE campaign = :campaign AND shard = :shard AND leader = 0
        AND (state = :planned OR state = :unknown AND tries < :tries)
)
WHERE campaign = :campaign AND id = :shard AND epoch = :epoch

-- count_states --
SELECT state, COUNT(*) AS notices FROM notice WHERE campaign = :campaign GROUP BY state

-- count_lanes --
-- By the language of the message, which for a shared mailbox is that of the first account.
SELECT shard.channel, shard.locale, shard.guardian, notice.state, notice.leader > 0 AS follows, COUNT(*) AS notices
FROM notice
JOIN shard ON shard.campaign = notice.campaign AND shard.id = notice.shard
WHERE notice.campaign = :campaign
GROUP BY shard.channel, shard.locale, shard.guardian, notice.state, notice.leader > 0

-- count_open --
SELECT COUNT(*) AS notices FROM notice
WHERE campaign = :campaign AND (
    state IN (:planned, :attempting)
    OR state = :unknown AND (at > :settled_before OR tries < :tries)
)

-- count_late --
SELECT COUNT(*) AS notices FROM notice
WHERE campaign = :campaign AND (
    state IN (:accepted, :delivered) AND at > :deadline
    OR state IN (:planned, :attempting, :unknown) AND :now > :deadline
)

-- count_skipped --
SELECT skipped, COUNT(*) AS holders FROM holder
WHERE campaign = :campaign AND skipped IS NOT NULL GROUP BY skipped ORDER BY skipped

-- count_holders --
SELECT COUNT(*) AS holders FROM holder WHERE campaign = :campaign

-- count_rules --
SELECT rule, COUNT(*) AS holders FROM holder
WHERE campaign = :campaign AND skipped IS NULL GROUP BY rule ORDER BY rule

-- count_countries --
SELECT DISTINCT country FROM holder WHERE campaign = :campaign AND skipped IS NULL

-- list_faults --
SELECT line, account, reason, kept FROM fault WHERE campaign = :campaign ORDER BY line LIMIT :limit

-- count_faults --
SELECT kept, COUNT(*) AS rows FROM fault WHERE campaign = :campaign GROUP BY kept

-- channels_planned --
SELECT DISTINCT channel FROM shard WHERE campaign = :campaign AND ready_at IS NOT NULL
