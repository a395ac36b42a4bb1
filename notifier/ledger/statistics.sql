-- What SQLite's planner is told of the tables: rows, then rows that share the first column of the index, the first two,
-- and so on. Without it a campaign is taken to have ten rows, and every look into a shard reads the whole campaign. The
-- shape is known beforehand, so plans are the same on every machine and for every size; primary keys are made out to be
-- somewhat finer than they are, so that what needs a whole campaign reads it in the order of its rows.

-- room --
ANALYZE about

-- forget --
DELETE FROM sqlite_stat1

-- tell --
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('holder', 'holder', '1000000 100000 1'),
    ('holder', 'holder_account', '1000000 1000000 1'),
    ('contact', 'contact', '1000000 100000 1 1'),
    ('shard', 'shard', '1000 500 1'),
    ('shard', 'shard_ready', '1000 1000 500 50 10 1'),
    ('notice', 'notice', '1000000 100000 1 1'),
    ('notice', 'notice_shard', '1000000 1000000 1000 1'),
    ('notice', 'notice_leader', '2000 1000 2'),
    ('attempt', 'attempt_campaign', '2000 500 1'),
    ('trail', 'trail_holder', '10000 1000 1'),
    ('fault', 'fault_campaign', '10000 1000 1'),
    ('person', 'person', '1000000 100000 1'),
    ('segment', 'segment', '1000 200 1'),
    ('segment', 'segment_found', '1000 1000 200 1'),
    ('segment_body', 'sqlite_autoindex_segment_body_1', '1000 1000 1'),
    ('event', 'event_holder', '1000000 100000 2'),
    ('event', 'event_in_report', '1000000 100 1'),
    ('manifest', 'manifest_campaign', '1000 10 1'),
    ('approval', 'approval_campaign', '1000 10 1')

-- read --
ANALYZE sqlite_schema
