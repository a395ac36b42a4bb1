-- Statements that bring a plan up to an audience as it is today. Nobody intends a request meanwhile; nothing here
-- touches a notice that went out, or may have.

-- refresh_barrier --
-- A write to every shard: whatever was being intended is committed by then, and the pause is seen by what follows.
UPDATE shard SET epoch = epoch WHERE campaign = :campaign

-- refresh_known --
-- What the ledger has of an account, a row for each of its notices.
SELECT holder.id, holder.locale, holder.country, holder.skipped, notice.channel, notice.state, notice.attempt,
    notice.leader, shard.zone, contact.address, contact.guardian
FROM holder
LEFT JOIN notice ON notice.campaign = holder.campaign AND notice.holder = holder.id
LEFT JOIN shard ON shard.campaign = notice.campaign AND shard.id = notice.shard
LEFT JOIN contact ON contact.campaign = notice.campaign AND contact.holder = notice.holder
    AND contact.channel = notice.channel
WHERE holder.campaign = :campaign AND holder.account = :account
ORDER BY notice.channel

-- refresh_seen --
INSERT INTO seen (holder, what) VALUES (:holder, :what) ON CONFLICT DO NOTHING

-- refresh_seen_account --
-- A row that was refused is no account that left.
INSERT INTO seen (holder, what)
SELECT id, :what FROM holder WHERE campaign = :campaign AND account = :account
ON CONFLICT DO NOTHING

-- refresh_absent --
-- Who is still to be told and is not in the source.
INSERT INTO seen (holder, what)
SELECT holder.id, :what FROM holder
WHERE holder.campaign = :campaign AND holder.id NOT IN (SELECT holder FROM seen) AND EXISTS (
    SELECT 1 FROM notice
    WHERE notice.campaign = holder.campaign AND notice.holder = holder.id AND notice.state IN (:planned, :reserved)
) AND NOT EXISTS (
    SELECT 1 FROM notice
    WHERE notice.campaign = holder.campaign AND notice.holder = holder.id
        AND notice.state IN (:attempting, :unknown, :accepted, :delivered, :complained)
)

-- refresh_count --
SELECT COUNT(*) AS holders FROM seen WHERE what = :what

-- refresh_orphans --
-- Who shares the message of somebody who changes or left, and stays: gets one again, in the own language.
SELECT notice.holder, notice.channel, notice.shard, holder.locale FROM notice
JOIN seen AS lead ON lead.holder = notice.leader AND lead.what IN (:anew, :again, :left)
JOIN holder ON holder.campaign = notice.campaign AND holder.id = notice.holder
LEFT JOIN seen AS own ON own.holder = notice.holder
WHERE notice.campaign = :campaign AND notice.leader > 0 AND notice.state = :planned
    AND COALESCE(own.what, :absent) IN (:same, :absent)
ORDER BY notice.holder

-- refresh_shard --
INSERT INTO shard (campaign, id, channel, locale, guardian, ready_at, epoch, zone, deadline, news)
SELECT campaign, :id, channel, :locale, guardian, :now, 0, zone, deadline, news
FROM shard WHERE campaign = :campaign AND id = :shard

-- refresh_promote --
UPDATE notice SET leader = 0, shard = :id WHERE campaign = :campaign AND holder = :holder AND channel = :channel

-- refresh_left_trail --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
SELECT campaign, holder, channel, attempt, :now, :suppressed, :reason
FROM notice
WHERE campaign = :campaign AND state IN (:planned, :reserved)
    AND holder IN (SELECT holder FROM seen WHERE what = :left)

-- refresh_left_contact --
DELETE FROM contact WHERE campaign = :campaign AND holder IN (SELECT holder FROM seen WHERE what = :left)

-- refresh_left --
UPDATE notice SET state = :suppressed, at = :now, leader = 0
WHERE campaign = :campaign AND state IN (:planned, :reserved)
    AND holder IN (SELECT holder FROM seen WHERE what = :left)

-- refresh_gone --
INSERT INTO gone (account)
SELECT account FROM holder WHERE campaign = :campaign AND id IN (SELECT holder FROM seen WHERE what = :anew)

-- refresh_drop_notice --
DELETE FROM notice WHERE campaign = :campaign AND holder IN (SELECT holder FROM seen WHERE what = :anew)

-- refresh_drop_contact --
DELETE FROM contact WHERE campaign = :campaign AND holder IN (SELECT holder FROM seen WHERE what = :anew)

-- refresh_drop_holder --
DELETE FROM holder WHERE campaign = :campaign AND id IN (SELECT holder FROM seen WHERE what = :anew)

-- refresh_again --
SELECT holder.account FROM holder
JOIN seen ON seen.holder = holder.id AND seen.what = :again
WHERE holder.campaign = :campaign

-- refresh_holder --
UPDATE holder SET locale = :locale, country = :country, rule = :rule WHERE campaign = :campaign AND id = :holder

-- refresh_contact --
INSERT INTO contact (campaign, holder, channel, address, guardian)
VALUES (:campaign, :holder, :channel, :address, :guardian)
ON CONFLICT (campaign, holder, channel) DO UPDATE SET address = excluded.address, guardian = excluded.guardian

-- refresh_notice --
INSERT INTO notice (campaign, holder, channel, shard, leader, state, at, tries, attempt)
VALUES (:campaign, :holder, :channel, :shard, 0, :planned, :now, 0, 0)
ON CONFLICT (campaign, holder, channel) DO UPDATE
SET shard = excluded.shard, leader = 0, state = excluded.state, at = excluded.at, failures = 0

-- refresh_fresh --
INSERT INTO fresh (holder) VALUES (:holder) ON CONFLICT DO NOTHING

-- refresh_end_trail --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
SELECT campaign, holder, channel, attempt, :now, :suppressed, :reason
FROM notice
WHERE campaign = :campaign AND holder = :holder AND channel = :channel AND state IN (:planned, :reserved)

-- refresh_end --
UPDATE notice SET state = :suppressed, at = :now, leader = 0
WHERE campaign = :campaign AND holder = :holder AND channel = :channel AND state IN (:planned, :reserved)

-- refresh_lost --
-- Accounts that were taken out to be planned anew, and were not there when the source was read again.
SELECT COUNT(*) AS accounts FROM gone
WHERE account NOT IN (SELECT account FROM holder WHERE campaign = :campaign)

-- refresh_empty --
DELETE FROM shard WHERE campaign = :campaign AND NOT EXISTS (
    SELECT 1 FROM notice WHERE notice.campaign = shard.campaign AND notice.shard = shard.id
) AND NOT EXISTS (
    SELECT 1 FROM segment
    WHERE segment.campaign = shard.campaign AND segment.kind = 'notices' AND segment.low = shard.id
)
