-- Statements of the reach report: counts only, over a range of holders at a time. A notice counts
-- as taken over where its state is accepted, delivered or complained of, and as delivered in the latter two.

-- reach_last --
SELECT COALESCE(MAX(id), 0) AS last FROM holder WHERE campaign = :campaign

-- reach_holders --
-- Each holder once, by the first notice that a provider took over: 0 none was, 1 in time for the lead time of the
-- holder's own country, 2 late, 3 after it took effect.
SELECT country, locale, delivered,
    CASE
        WHEN told_at IS NULL THEN 0
        WHEN told_at < deadline THEN 1
        WHEN told_at < :effective THEN 2
        ELSE 3
    END AS told,
    COUNT(*) AS holders
FROM (
    SELECT holder.id, holder.country, holder.locale,
        MIN(CASE
            WHEN notice.state IN (:accepted, :delivered, :complained) THEN COALESCE(attempt.ended_at, notice.at)
        END) AS told_at,
        MAX(CASE WHEN notice.state IN (:delivered, :complained) THEN 1 ELSE 0 END) AS delivered,
        MAX(shard.deadline) AS deadline
    FROM holder
    LEFT JOIN notice ON notice.campaign = holder.campaign AND notice.holder = holder.id
    LEFT JOIN shard ON shard.campaign = notice.campaign AND shard.id = notice.shard
    LEFT JOIN attempt ON attempt.id = notice.attempt
    WHERE holder.campaign = :campaign AND holder.id BETWEEN :low AND :high
    GROUP BY holder.id, holder.country, holder.locale
) AS each_holder
GROUP BY country, locale, delivered, told

-- reach_notices --
-- Notices by channel and state, and the day, where the policy is published, on which the provider took them over.
SELECT channel, state, day, COUNT(*) AS notices
FROM (
    SELECT notice.channel, notice.state,
        CASE
            WHEN notice.state IN (:accepted, :delivered, :bounced, :complained)
            THEN (COALESCE(attempt.ended_at, notice.at) + :zone) / 86400000
        END AS day
    FROM notice
    LEFT JOIN attempt ON attempt.id = notice.attempt
    WHERE notice.campaign = :campaign AND notice.holder BETWEEN :low AND :high
) AS each_notice
GROUP BY channel, state, day

-- reach_not --
-- Holders with notices of which no provider kept one, by where the last of them stands and the last reason.
SELECT state, reason, COUNT(*) AS holders
FROM (
    SELECT last.state, (
        SELECT trail.reason FROM trail
        WHERE trail.campaign = :campaign AND trail.holder = last.sent_for
        ORDER BY trail.at DESC, trail.state DESC LIMIT 1
    ) AS reason
    FROM (
        SELECT notice.holder, MAX(notice.state) AS state,
            MAX(CASE WHEN notice.leader > 0 THEN notice.leader ELSE notice.holder END) AS sent_for
        FROM notice
        WHERE notice.campaign = :campaign AND notice.holder BETWEEN :low AND :high AND NOT EXISTS (
            SELECT 1 FROM notice AS told
            WHERE told.campaign = :campaign AND told.holder = notice.holder
                AND told.state IN (:accepted, :delivered, :complained)
        )
        GROUP BY notice.holder
    ) AS last
) AS each_holder
GROUP BY state, reason

-- reach_answers --
-- The last yes or no to a question, of those it is put to; for a minor a guardian's.
SELECT answer.answer, COUNT(*) AS holders
FROM (
    SELECT MAX(answer.id) AS id FROM holder
    JOIN answer ON answer.release = :release AND answer.account = holder.account
    WHERE holder.campaign = :campaign AND holder.id BETWEEN :low AND :high
        AND (holder.skipped IS NULL OR holder.skipped <> :excused)
        AND answer.answer IN ('yes', 'no') AND answer.question IN ('', :question)
        AND (answer.guardian = 1 OR NOT EXISTS (
            SELECT 1 FROM notice
            JOIN shard ON shard.campaign = notice.campaign AND shard.id = notice.shard
            WHERE notice.campaign = :campaign AND notice.holder = holder.id AND shard.guardian = 1
        ))
    GROUP BY holder.id
) AS last
JOIN answer ON answer.id = last.id
GROUP BY answer.answer

-- reach_skipped --
SELECT skipped, COUNT(*) AS holders FROM holder
WHERE campaign = :campaign AND id BETWEEN :low AND :high AND skipped IS NOT NULL GROUP BY skipped
