-- Every statement of the ledger by name. Parameters are written :name; {lock} is the dialect's way to pass over
-- rows that another worker is taking at this moment, {numbers} its way to read a JSON list of numbers, :numbers.

-- about_get --
SELECT value FROM about WHERE key = :key

-- about_put --
INSERT INTO about (key, value) VALUES (:key, :value)

-- plan_lock --
-- A write, so that two plans are made one after the other.
UPDATE about SET value = value WHERE key = 'schema'

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
SET first_day = :first_day, last_day = :last_day, deadline = :deadline, lead_days = :lead_days,
    not_before = :not_before, not_after = :not_after, handed_at = NULL
WHERE id = :campaign

-- campaign_standing --
UPDATE campaign SET standing = :standing WHERE id = :campaign

-- campaign_control --
SELECT standing, not_before, not_after FROM campaign WHERE id = :campaign

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

-- holder_by_account --
SELECT id, line FROM holder WHERE campaign = :campaign AND account = :account

-- fault_put --
INSERT INTO fault (campaign, line, account, reason, kept)
VALUES (:campaign, :line, :account, :reason, :kept)

-- next_ready --
-- The shard of a channel that comes first: one seek in its index, whatever the size.
SELECT id, ready_at FROM shard
WHERE campaign = :campaign AND channel = :channel AND ready_at IS NOT NULL
ORDER BY ready_at, deadline, id LIMIT 1

-- claim --
UPDATE shard
SET epoch = epoch + 1, ready_at = :until
WHERE campaign = :campaign AND id = (
    SELECT id FROM shard
    WHERE campaign = :campaign AND channel = :channel AND ready_at <= :now
    ORDER BY ready_at, deadline, id LIMIT 1 {lock}
)
RETURNING id, channel, locale, guardian, epoch, zone, news

-- claim_one --
-- A shard that was dealt out; nothing if another has it, or nothing is due in it.
UPDATE shard
SET epoch = epoch + 1, ready_at = :until
WHERE campaign = :campaign AND id = :shard AND ready_at <= :now
RETURNING id, channel, locale, guardian, epoch, zone, news

-- fence --
UPDATE shard SET ready_at = :until
WHERE campaign = :campaign AND id = :shard AND epoch = :epoch

-- pace_all --
SELECT * FROM pace

-- pace_lock --
-- A write, so that two workers take from the bucket one after the other.
INSERT INTO pace (channel, free_at, began, day, used, failures, per_second)
VALUES (:channel, 0, NULL, 0, 0, 0, NULL)
ON CONFLICT (channel) DO UPDATE SET used = pace.used
RETURNING *

-- pace_put --
UPDATE pace
SET free_at = :free_at, began = :began, day = :day, used = :used, failures = :failures, per_second = :per_second
WHERE channel = :channel

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
SELECT notice.holder, contact.address, notice.failures
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
-- Exactly the copies that go along, and nothing that was planned in the shard since they were read.
UPDATE notice SET state = :attempting, at = :now, attempt = :attempt
WHERE campaign = :campaign AND channel = :channel AND state = :planned AND holder IN ({numbers})

-- intend_followers --
UPDATE notice SET state = :attempting, at = :now, attempt = :attempt
FROM notice AS lead
WHERE notice.campaign = :campaign AND notice.shard = :shard AND notice.leader > 0 AND notice.state = :planned
    AND lead.campaign = :campaign AND lead.holder = notice.leader AND lead.channel = notice.channel
    AND lead.attempt = :attempt

-- attempt_end --
UPDATE attempt SET ended_at = :now, provider_id = :provider_id WHERE id = :attempt AND ended_at IS NULL

-- outcome --
-- For the notice itself and for those who share its message.
UPDATE notice SET state = :state, at = :at, tries = tries + :unknowns, failures = failures + :failed
WHERE campaign = :campaign AND holder = :holder AND channel = :channel
    AND attempt = :attempt AND state = :attempting

-- outcome_followers --
UPDATE notice SET state = :state, at = :at, tries = tries + :unknowns, failures = failures + :failed
WHERE campaign = :campaign AND leader = :holder AND leader > 0 AND channel = :channel
    AND attempt = :attempt AND state = :attempting

-- trail_put --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
VALUES (:campaign, :holder, :channel, :attempt, :now, :state, :reason)

-- accept --
UPDATE notice SET state = :accepted, at = :now
WHERE campaign = :campaign AND shard = :shard AND attempt = :attempt AND state = :attempting

-- suppression_any --
SELECT 1 FROM suppression WHERE channel = :channel LIMIT 1

-- suppression_get --
SELECT reason, at FROM suppression WHERE channel = :channel AND address = :address

-- suppression_put --
INSERT INTO suppression (channel, address, reason, at) VALUES (:channel, :address, :reason, :now)
ON CONFLICT DO NOTHING

-- suppress --
-- One notice and those who share its message, before any request.
UPDATE notice SET state = :state, at = :now
WHERE campaign = :campaign AND holder = :holder AND channel = :channel AND state = :planned

-- suppress_followers --
UPDATE notice SET state = :state, at = :now
WHERE campaign = :campaign AND leader = :holder AND leader > 0 AND channel = :channel AND state = :planned

-- dismiss_trail --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
SELECT campaign, holder, channel, attempt, :now, :state, :reason
FROM notice WHERE campaign = :campaign AND shard = :shard AND state = :planned

-- dismiss --
UPDATE notice SET state = :state, at = :now WHERE campaign = :campaign AND shard = :shard AND state = :planned

-- dismiss_unknown --
-- Never sent again; an event may still settle it.
UPDATE notice SET tries = :held WHERE campaign = :campaign AND shard = :shard AND state = :unknown

-- reserve --
-- A push to those who have an address waits in reserve until that address is refused.
UPDATE notice SET state = :reserved
WHERE campaign = :campaign AND channel <> :channel AND state = :planned AND leader = 0 AND EXISTS (
    SELECT 1 FROM notice AS mail
    WHERE mail.campaign = :campaign AND mail.holder = notice.holder AND mail.channel = :channel
)

-- reserves --
-- Reserves of holders whose message in this shard was refused or given up, with the shard each waits in.
SELECT notice.holder, notice.channel, notice.shard
FROM notice AS lead
JOIN notice ON notice.campaign = lead.campaign AND notice.holder = lead.holder AND notice.state = :reserved
WHERE lead.campaign = :campaign AND lead.shard = :shard AND lead.state IN (:invalid, :suppressed, :bounced)

-- number_lock --
-- A write to the campaign's row, so that two who number new shards do so one after the other.
UPDATE campaign SET standing = standing WHERE id = :campaign

-- shard_last --
SELECT MAX(id) FROM shard WHERE campaign = :campaign

-- shard_like --
INSERT INTO shard (campaign, id, channel, locale, guardian, ready_at, epoch, zone, deadline, news)
SELECT campaign, :id, channel, locale, guardian, :now, 0, zone, deadline, news
FROM shard WHERE campaign = :campaign AND id = :shard

-- call_up --
UPDATE notice SET state = :planned, at = :now, shard = :id
WHERE campaign = :campaign AND holder = :holder AND channel = :channel AND state = :reserved

-- release --
UPDATE shard
SET ready_at = (
    SELECT MIN(CASE
        WHEN state = :unknown THEN at + :window
        WHEN at > :not_before THEN at
        ELSE :not_before
    END)
    FROM notice
    WHERE campaign = :campaign AND shard = :shard AND leader = 0
        -- What is never sent again by itself is still looked at once its window is over: until then it is not settled.
        AND (state = :planned OR state = :unknown AND (tries < :tries OR tries < :held AND at > :settled_before))
)
WHERE campaign = :campaign AND id = :shard AND epoch = :epoch

-- unhold_trail --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
SELECT campaign, holder, channel, attempt, :now, :planned, 'held, and sent again by order'
FROM notice
WHERE campaign = :campaign AND state = :unknown AND at <= :settled_before AND tries >= :tries AND tries < :held

-- unhold --
-- By order: what was held because nobody knows whether it arrived is sent once more.
UPDATE notice SET state = :planned, at = :now
WHERE campaign = :campaign AND state = :unknown AND at <= :settled_before AND tries >= :tries AND tries < :held

-- awaken --
-- Shards that were closed by other rules than those of today.
UPDATE shard SET ready_at = :now
WHERE campaign = :campaign AND ready_at IS NULL AND EXISTS (
    SELECT 1 FROM notice
    WHERE notice.campaign = :campaign AND notice.shard = shard.id AND notice.leader = 0
        AND (notice.state = :planned OR notice.state = :unknown AND notice.tries < :tries)
)

-- count_lanes --
-- By the language of the message, which for a shared mailbox is that of the first account. Counted by shard first: a
-- thousandth of the joins.
SELECT
    shard.channel, shard.locale, shard.guardian, shard.deadline, counted.state, counted.follows,
    CAST(SUM(counted.notices) AS BIGINT) AS notices
FROM (
    SELECT shard, state, leader > 0 AS follows, COUNT(*) AS notices
    FROM notice WHERE campaign = :campaign GROUP BY shard, state, leader > 0
) AS counted
JOIN shard ON shard.campaign = :campaign AND shard.id = counted.shard
GROUP BY shard.channel, shard.locale, shard.guardian, shard.deadline, counted.state, counted.follows

-- count_open --
-- What the sending still has something to do with, and what is left to a person: nobody knows whether it arrived.
SELECT
    COALESCE(SUM(CASE WHEN state <> :unknown OR at > :settled_before OR tries < :tries THEN 1 ELSE 0 END), 0) AS opened,
    COALESCE(SUM(CASE WHEN state = :unknown AND at <= :settled_before AND tries >= :tries THEN 1 ELSE 0 END), 0) AS held
FROM notice
WHERE campaign = :campaign AND state IN (:planned, :attempting, :unknown)

-- count_late --
-- By the deadline of their shard; the campaign's, which is the earliest, first rules out what is late for nobody.
SELECT shard.deadline, COUNT(*) AS notices
FROM notice CROSS JOIN shard
WHERE notice.campaign = :campaign AND (
    notice.state IN (:accepted, :delivered) AND notice.at > :deadline
    OR notice.state IN (:planned, :attempting, :unknown) AND :now > :deadline
)
    AND shard.campaign = :campaign AND shard.id = notice.shard
    AND shard.deadline < CASE WHEN notice.state IN (:accepted, :delivered) THEN notice.at ELSE :now END
GROUP BY shard.deadline

-- count_skipped --
SELECT skipped, COUNT(*) AS holders FROM holder
WHERE campaign = :campaign AND skipped IS NOT NULL GROUP BY skipped ORDER BY skipped

-- count_holders --
SELECT COUNT(*) AS holders FROM holder WHERE campaign = :campaign

-- count_rules --
SELECT rule, COUNT(*) AS holders FROM holder
WHERE campaign = :campaign AND skipped IS NULL GROUP BY rule ORDER BY rule

-- first_deadline --
SELECT MIN(deadline) AS deadline FROM shard WHERE campaign = :campaign

-- list_faults --
SELECT line, account, reason, kept FROM fault WHERE campaign = :campaign ORDER BY line LIMIT :limit

-- count_faults --
SELECT kept, COUNT(*) AS rows FROM fault WHERE campaign = :campaign GROUP BY kept

-- recent_attempts --
-- The last requests, for the rate: read backwards along an index.
SELECT copies, started_at, ended_at FROM attempt WHERE campaign = :campaign ORDER BY id DESC LIMIT :limit

-- list_reasons --
SELECT state, reason, COUNT(*) AS notices FROM trail WHERE campaign = :campaign AND state IN (:invalid, :suppressed, :expired, :bounced, :complained)
GROUP BY state, reason ORDER BY notices DESC LIMIT :limit
