-- Statements about what is planned as a whole, and who approved it. Rows are added and never changed.

-- manifest_put --
INSERT INTO manifest (campaign, digest, body, planner, at) VALUES (:campaign, :digest, :body, :planner, :now)

-- manifest_last --
SELECT digest, body, planner, at FROM manifest WHERE campaign = :campaign ORDER BY id DESC LIMIT 1

-- manifest_get --
SELECT digest, body, planner, at FROM manifest
WHERE campaign = :campaign AND digest = :digest ORDER BY id DESC LIMIT 1

-- approval_put --
INSERT INTO approval (campaign, digest, approver, at) VALUES (:campaign, :digest, :approver, :now)

-- approval_last --
SELECT digest, approver, at FROM approval WHERE campaign = :campaign ORDER BY id DESC LIMIT 1

-- manifest_lanes --
-- What will be sent, whatever became of it by now: counted by shard first.
SELECT shard.channel, shard.locale, shard.guardian, shard.news, CAST(SUM(counted.notices) AS BIGINT) AS notices,
    CAST(SUM(counted.messages) AS BIGINT) AS messages
FROM (
    SELECT shard, COUNT(*) AS notices, SUM(CASE WHEN leader = 0 THEN 1 ELSE 0 END) AS messages
    FROM notice WHERE campaign = :campaign GROUP BY shard
) AS counted
JOIN shard ON shard.campaign = :campaign AND shard.id = counted.shard
GROUP BY shard.channel, shard.locale, shard.guardian, shard.news
ORDER BY shard.channel, shard.locale, shard.guardian, shard.news

-- manifest_holders --
-- Whom a plan tells what, by which way, a part at a time; put together by the database, which is what costs; no field has
-- the mark in it. What a shard says is put together once.
WITH kind AS MATERIALIZED (
    SELECT id, CAST(guardian AS TEXT) || :mark || CAST(news AS TEXT) || :mark || CAST(deadline AS TEXT) AS said
    FROM shard WHERE campaign = :campaign
)
SELECT holder.account || :mark || holder.locale || :mark || holder.country || :mark || COALESCE(holder.skipped, '') || :mark
    || COALESCE(CAST(notice.channel AS TEXT), '') || :mark || COALESCE(kind.said, :mark || :mark) || :mark
    || COALESCE(contact.address, '') AS said
FROM holder
LEFT JOIN notice ON notice.campaign = holder.campaign AND notice.holder = holder.id
LEFT JOIN kind ON kind.id = notice.shard
LEFT JOIN contact ON contact.campaign = notice.campaign AND contact.holder = notice.holder
    AND contact.channel = notice.channel
WHERE holder.campaign = :campaign AND holder.id > :after AND holder.id <= :upto
ORDER BY holder.id, notice.channel

-- seal_approvals --
SELECT approval.id, approval.digest, approval.approver, approval.at, manifest.body, manifest.planner
FROM approval
JOIN manifest ON manifest.id = (
    SELECT MAX(same.id) FROM manifest AS same
    WHERE same.campaign = approval.campaign AND same.digest = approval.digest
)
WHERE approval.campaign = :campaign AND approval.id > :after
ORDER BY approval.id LIMIT :limit
