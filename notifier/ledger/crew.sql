-- Statements about workers, which send what was handed over to them on as many machines as there are.

-- hand_over --
UPDATE campaign SET handed_at = :now WHERE id = :campaign AND handed_at IS NULL

-- handed --
SELECT id, name, standing, not_before, not_after FROM campaign WHERE handed_at IS NOT NULL ORDER BY id

-- handed_get --
SELECT name FROM campaign WHERE id = :campaign AND handed_at IS NOT NULL

-- ready_shards --
-- Of one channel, in the order in which they are to be worked on.
SELECT id FROM shard
WHERE campaign = :campaign AND channel = :channel AND ready_at IS NOT NULL AND ready_at <= :now
ORDER BY ready_at, deadline, id LIMIT :limit

-- tick --
-- Whoever changes this row deals out shards, one at a time; nobody does if another has just done so.
INSERT INTO about (key, value) VALUES ('ticked', :now)
ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE CAST(about.value AS BIGINT) <= :before

-- worker_put --
INSERT INTO worker (name, threads, started_at, seen_at, accepted) VALUES (:name, :threads, :started, :now, :accepted)
RETURNING id

-- worker_seen --
UPDATE worker SET seen_at = :now, accepted = :accepted WHERE id = :worker

-- worker_drop --
DELETE FROM worker WHERE id = :worker

-- workers_forget --
DELETE FROM worker WHERE seen_at < :before

-- workers --
SELECT id, name, threads, started_at, seen_at, accepted FROM worker ORDER BY id
