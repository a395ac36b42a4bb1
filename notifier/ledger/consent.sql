-- Statements about what holders answered, and about browsers that asked to be told.

-- campaign_list --
SELECT id, name, digest FROM campaign ORDER BY id

-- campaign_bundle --
SELECT bundle FROM campaign WHERE id = :campaign

-- notice_accounts --
-- The account of a notice, then those that share its message.
SELECT holder.account, holder.locale, 0 AS follows FROM holder
JOIN notice ON notice.campaign = holder.campaign AND notice.holder = holder.id
WHERE holder.campaign = :campaign AND holder.id = :holder AND notice.channel = :channel
UNION ALL
SELECT holder.account, holder.locale, 1 AS follows FROM notice
JOIN holder ON holder.campaign = notice.campaign AND holder.id = notice.holder
WHERE notice.campaign = :campaign AND notice.leader = :holder AND notice.leader > 0 AND notice.channel = :channel
ORDER BY follows, account

-- notice_guardian --
SELECT shard.guardian FROM notice
JOIN shard ON shard.campaign = notice.campaign AND shard.id = notice.shard
WHERE notice.campaign = :campaign AND notice.holder = :holder AND notice.channel = :channel

-- account_holder --
SELECT id, skipped FROM holder WHERE campaign = :campaign AND account = :account

-- account_notices --
SELECT notice.state, shard.guardian FROM notice
JOIN shard ON shard.campaign = notice.campaign AND shard.id = notice.shard
WHERE notice.campaign = :campaign AND notice.holder = :holder

-- answer_put --
INSERT INTO answer (release, account, answer, guardian, via, locale, digest, at, form, question)
VALUES (:release, :account, :answer, :guardian, :via, :locale, :digest, :at, :form, :question)
ON CONFLICT (release, account, form) DO NOTHING

-- answers_of --
SELECT answer, guardian, via, locale, digest, at, form, question FROM answer
WHERE release = :release AND account = :account ORDER BY id

-- subscription_put --
INSERT INTO subscription (endpoint, address, body, locale, at) VALUES (:endpoint, :address, :body, :locale, :at)
ON CONFLICT (endpoint) DO UPDATE SET address = excluded.address, body = excluded.body, locale = excluded.locale

-- subscription_drop --
DELETE FROM subscription WHERE endpoint = :endpoint

-- subscription_drop_dead --
-- What a push service said is over.
DELETE FROM subscription WHERE EXISTS (
    SELECT 1 FROM suppression WHERE suppression.channel = :channel AND suppression.address = subscription.address
)

-- count_subscriptions --
SELECT COUNT(*) AS browsers FROM subscription

-- list_subscriptions --
-- In the order of their key, from one on: whoever reads them holds up nobody.
SELECT endpoint, body, locale FROM subscription
WHERE endpoint > :after AND at < :before ORDER BY endpoint LIMIT :limit
