-- The statements that write a plan, beside those of queries.sql. {rows} stands for as many rows of values as the
-- dialect takes at once.

-- holder_any --
SELECT 1 FROM holder LIMIT 1

-- stage --
INSERT INTO staged (id, line, account, decision, address, shard) VALUES {rows}

-- stage_further --
INSERT INTO further (holder, channel, address, shard) VALUES {rows}

-- stage_decision --
INSERT INTO decision (number, country, locale, rule, skipped, channel, guardian)
VALUES (:number, :country, :locale, :rule, :skipped, :channel, :guardian)

-- stage_maybe --
INSERT INTO maybe (address) VALUES (LOWER(:address)) ON CONFLICT DO NOTHING

-- stage_shard --
INSERT INTO shard (campaign, id, channel, locale, guardian, zone, deadline, ready_at, epoch)
VALUES (:campaign, :id, :channel, :locale, :guardian, :zone, :deadline, 0, 0)

-- spread_holders --
INSERT INTO holder (campaign, id, account, line, country, locale, rule, skipped)
SELECT :campaign, staged.id, staged.account, staged.line, decision.country, decision.locale, decision.rule,
    decision.skipped
FROM staged CROSS JOIN decision
WHERE decision.number = staged.decision
ORDER BY staged.id

-- spread_contacts --
INSERT INTO contact (campaign, holder, channel, address, guardian)
SELECT :campaign, staged.id, decision.channel, staged.address, decision.guardian
FROM staged CROSS JOIN decision
WHERE decision.number = staged.decision AND staged.address IS NOT NULL
ORDER BY staged.id

-- spread_notices --
INSERT INTO notice (campaign, holder, channel, shard, leader, state, at, tries, attempt)
SELECT :campaign, staged.id, decision.channel, staged.shard, 0, :state, 0, 0, 0
FROM staged CROSS JOIN decision
WHERE decision.number = staged.decision AND staged.address IS NOT NULL
ORDER BY staged.id

-- spread_further_contacts --
INSERT INTO contact (campaign, holder, channel, address, guardian)
SELECT :campaign, holder, channel, address, 0 FROM further

-- spread_further_notices --
INSERT INTO notice (campaign, holder, channel, shard, leader, state, at, tries, attempt)
SELECT :campaign, holder, channel, shard, 0, :state, 0, 0, 0 FROM further

-- clear_staged --
DELETE FROM staged

-- clear_further --
DELETE FROM further

-- find_twice --
-- Holders whose account an earlier one has, with that one's line.
INSERT INTO twice (id, line, account, first)
SELECT holder.id, holder.line, holder.account, taken.line
FROM (
    SELECT account, MIN(id) AS id, MIN(line) AS line
    FROM holder WHERE campaign = :campaign GROUP BY account HAVING COUNT(*) > 1
) AS taken
JOIN holder ON holder.account = taken.account AND holder.campaign = :campaign AND holder.id > taken.id

-- drop_twice_holder --
DELETE FROM holder WHERE campaign = :campaign AND id IN (SELECT id FROM twice)

-- drop_twice_contact --
DELETE FROM contact WHERE campaign = :campaign AND holder IN (SELECT id FROM twice)

-- drop_twice_notice --
DELETE FROM notice WHERE campaign = :campaign AND holder IN (SELECT id FROM twice)

-- list_twice --
SELECT id, line, account, first FROM twice WHERE id > :after ORDER BY id LIMIT :limit

-- find_shared --
-- Among the mailboxes that may be shared: each holder with the one who is to be told first.
INSERT INTO shared (holder, first)
SELECT holder, first FROM (
    SELECT contact.holder, FIRST_VALUE(contact.holder) OVER (
        PARTITION BY contact.guardian, LOWER(contact.address) ORDER BY shard.deadline, contact.holder
    ) AS first
    FROM contact CROSS JOIN notice CROSS JOIN shard
    WHERE contact.campaign = :campaign AND contact.channel = :channel
        AND LOWER(contact.address) IN (SELECT address FROM maybe)
        AND notice.campaign = :campaign AND notice.holder = contact.holder AND notice.channel = :channel
        AND shard.campaign = :campaign AND shard.id = notice.shard
) AS mailboxes
WHERE holder <> first

-- find_shared_with_earlier --
-- The same, but whoever was planned before goes first: that message may be on its way.
INSERT INTO shared (holder, first)
SELECT holder, first FROM (
    SELECT contact.holder, FIRST_VALUE(contact.holder) OVER (
        PARTITION BY contact.guardian, LOWER(contact.address)
        ORDER BY
            notice.leader > 0,
            CASE WHEN contact.holder < :low AND fresh.holder IS NULL THEN 0 ELSE shard.deadline END,
            contact.holder
    ) AS first, CASE WHEN contact.holder < :low AND fresh.holder IS NULL THEN 0 ELSE 1 END AS added
    FROM contact
    JOIN notice ON notice.campaign = :campaign AND notice.holder = contact.holder AND notice.channel = :channel
    JOIN shard ON shard.campaign = :campaign AND shard.id = notice.shard
    LEFT JOIN fresh ON fresh.holder = contact.holder
    WHERE contact.campaign = :campaign AND contact.channel = :channel
) AS mailboxes
WHERE holder <> first AND added = 1

-- fold_shared --
-- The notice follows the first one's message: its shard, and, planned later, what became of it.
UPDATE notice
SET leader = lead.holder, shard = lead.shard, state = lead.state, at = lead.at, tries = lead.tries,
    attempt = lead.attempt
FROM shared
JOIN notice AS lead ON lead.campaign = :campaign AND lead.holder = shared.first AND lead.channel = :channel
WHERE notice.campaign = :campaign AND notice.holder = shared.holder AND notice.channel = :channel
