-- Statements for a release whose date moved, or that was withdrawn: who was told before gets a short notice, in shards
-- of their own; the campaign before ends. Told: by a notice under way, of unknown outcome,
-- accepted, delivered or complained of.

-- moving_earlier --
SELECT id, name, as_of FROM campaign WHERE name = :name

-- moving_told_any --
SELECT 1 FROM notice
WHERE campaign = :campaign AND state IN (:attempting, :unknown, :accepted, :delivered, :complained) LIMIT 1

-- moving_fence --
-- First of all: no worker of the earlier campaign writes any more, and none of its intents comes behind our back.
UPDATE shard SET epoch = epoch + 1 WHERE campaign = :campaign

-- moving_told --
-- Notices of those who were told by an earlier campaign, of whatever channel, into shards of their own.
UPDATE notice SET shard = shard + :offset
WHERE campaign = :campaign AND leader = 0 AND shard > :before AND shard <= :offset AND holder IN (
    SELECT holder.id FROM holder
    JOIN holder AS earlier ON earlier.campaign = :earlier AND earlier.account = holder.account
    WHERE holder.campaign = :campaign AND EXISTS (
        SELECT 1 FROM notice AS told
        WHERE told.campaign = :earlier AND told.holder = earlier.id
            AND told.state IN (:attempting, :unknown, :accepted, :delivered, :complained)
    )
)

-- moving_followers --
-- Those who share a message stay with it.
UPDATE notice SET shard = lead.shard
FROM notice AS lead
WHERE notice.campaign = :campaign AND notice.leader > 0 AND notice.shard > :before AND notice.shard <= :offset
    AND lead.campaign = :campaign AND lead.holder = notice.leader AND lead.channel = notice.channel

-- moving_shards --
INSERT INTO shard (campaign, id, channel, locale, guardian, ready_at, epoch, zone, deadline, news)
SELECT campaign, id + :offset, channel, locale, guardian, ready_at, 0, zone, :deadline, 1
FROM shard
WHERE campaign = :campaign AND id > :before AND id <= :offset AND EXISTS (
    SELECT 1 FROM notice WHERE notice.campaign = :campaign AND notice.shard = shard.id + :offset
)

-- moving_empty --
DELETE FROM shard
WHERE campaign = :campaign AND id > :before AND id <= :offset AND NOT EXISTS (
    SELECT 1 FROM notice WHERE notice.campaign = :campaign AND notice.shard = shard.id
)

-- moving_spared --
-- What was withdrawn before they heard of it need not be told.
UPDATE holder SET skipped = :reason
WHERE campaign = :campaign AND skipped IS NULL AND id IN (
    SELECT holder FROM notice WHERE campaign = :campaign AND shard > :before AND shard <= :offset
) AND id NOT IN (
    SELECT holder FROM notice WHERE campaign = :campaign AND shard > :offset
)

-- moving_spared_contacts --
DELETE FROM contact WHERE campaign = :campaign AND EXISTS (
    SELECT 1 FROM notice
    WHERE notice.campaign = :campaign AND notice.holder = contact.holder AND notice.channel = contact.channel
        AND notice.shard > :before AND notice.shard <= :offset
)

-- moving_spared_notices --
DELETE FROM notice WHERE campaign = :campaign AND shard > :before AND shard <= :offset

-- moving_count --
SELECT COUNT(*) AS notices FROM notice
JOIN shard ON shard.campaign = notice.campaign AND shard.id = notice.shard
WHERE notice.campaign = :campaign AND shard.news = 1

-- moving_trail --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
SELECT campaign, holder, channel, attempt, :now,
    CASE WHEN state = :attempting THEN :unknown ELSE :suppressed END, :reason
FROM notice WHERE campaign = :campaign AND state IN (:planned, :reserved, :attempting)

-- moving_doubtful --
-- They may have been told; never told the whole once more.
UPDATE notice SET state = :unknown, tries = :held WHERE campaign = :campaign AND state IN (:attempting, :unknown)

-- moving_unsent --
UPDATE notice SET state = :suppressed, at = :now WHERE campaign = :campaign AND state IN (:planned, :reserved)

-- moving_close --
UPDATE shard SET ready_at = NULL WHERE campaign = :campaign

-- carry_from --
-- Accounts of a campaign, and whether they were told: all that a rehearsal of the next one needs.
SELECT holder.id, holder.account, MAX(CASE
        WHEN notice.state IN (:attempting, :unknown, :accepted, :delivered, :complained) THEN 1 ELSE 0
    END) AS told
FROM holder
LEFT JOIN notice ON notice.campaign = holder.campaign AND notice.holder = holder.id
WHERE holder.campaign = :campaign AND holder.id > :after
GROUP BY holder.id, holder.account
ORDER BY holder.id LIMIT :limit

-- carry_holder --
INSERT INTO holder (campaign, id, account, line, country, locale, rule, skipped)
VALUES (:campaign, :id, :account, 0, '', '', '', NULL)

-- carry_notice --
INSERT INTO notice (campaign, holder, channel, shard, leader, state, at, tries, attempt)
VALUES (:campaign, :id, 1, 0, 0, :state, 0, 0, 0)
