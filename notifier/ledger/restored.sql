-- Statements of a ledger that came back from a backup: what it is, what it does not know, who is not told again.

-- about_set --
INSERT INTO about (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value

-- about_first --
-- Of two who begin at once the first one's value stands.
INSERT INTO about (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING

-- attempt_known --
SELECT 1 FROM attempt WHERE id = :attempt AND started_at = :at

-- attempt_taken --
SELECT 1 FROM attempt WHERE id = :attempt

-- attempt_lost --
-- A request that was made and is not known here, under its own number, so that what the provider reports of it counts.
INSERT INTO attempt (id, campaign, shard, epoch, provider, content, copies, started_at, ended_at, provider_id)
{explicit}
VALUES (:attempt, :campaign, :shard, :epoch, :provider, :content, :copies, :at, NULL, NULL)

-- lost_put --
INSERT INTO lost (campaign, channel, mark, attempt, at) VALUES (:campaign, :channel, :mark, :attempt, :at)
ON CONFLICT (campaign, channel, mark) DO UPDATE SET attempt = excluded.attempt, at = excluded.at

-- lost_any --
SELECT 1 FROM lost WHERE campaign = :name LIMIT 1

-- lost_get --
SELECT attempt, at FROM lost WHERE campaign = :name AND channel = :channel AND mark = :mark

-- lost_candidates --
-- Notices that the ledger would still send, with their address.
SELECT notice.holder, notice.channel, contact.address FROM notice
JOIN contact ON contact.campaign = notice.campaign AND contact.holder = notice.holder
    AND contact.channel = notice.channel
WHERE notice.campaign = :campaign AND notice.holder > :after AND notice.holder <= :upto AND notice.leader = 0
    AND (notice.state IN (:planned, :attempting, :reserved) OR notice.state = :unknown AND notice.tries < :held)
ORDER BY notice.holder, notice.channel

-- lost_hold_trail --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
VALUES (:campaign, :holder, :channel, :attempt, :now, :unknown, :reason)

-- lost_hold --
UPDATE notice SET state = :unknown, at = :at, attempt = :attempt, tries = :held
WHERE campaign = :campaign AND holder = :holder AND channel = :channel

-- lost_hold_followers --
UPDATE notice SET state = :unknown, at = :at, attempt = :attempt, tries = :held
WHERE campaign = :campaign AND leader = :holder AND channel = :channel
    AND state IN (:planned, :attempting, :unknown)

-- lost_hold_shard --
-- Looked through once more, so that it is sealed as it is now.
UPDATE shard SET ready_at = 0 WHERE campaign = :campaign AND id = (
    SELECT shard FROM notice WHERE campaign = :campaign AND holder = :holder AND channel = :channel
)

-- hold_all_trail --
INSERT INTO trail (campaign, holder, channel, attempt, at, state, reason)
SELECT campaign, holder, channel, attempt, :now, :unknown, :reason
FROM notice WHERE state IN (:planned, :attempting, :reserved) AND leader = 0

-- hold_all --
UPDATE notice SET state = :unknown, at = :now, tries = :held
WHERE state IN (:planned, :attempting, :unknown, :reserved)

-- restored_fence --
-- Whoever still works with what the ledger was before writes nothing more.
UPDATE shard SET epoch = epoch + 1, ready_at = 0 WHERE ready_at IS NOT NULL
