-- From format 3 to format 4. A migration is frozen once it is landed: it says what tables were then.

-- handed --
ALTER TABLE campaign ADD COLUMN handed_at BIGINT;

-- worker --
-- Processes of `notifier worker`; a row goes when its worker leaves.
CREATE TABLE worker (
    id {identity},
    name TEXT NOT NULL,             -- as it named itself: machine and process
    threads INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    accepted BIGINT NOT NULL        -- copies that providers took over from it
);
