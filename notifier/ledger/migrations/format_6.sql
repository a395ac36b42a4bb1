-- From format 5 to format 6. A migration is frozen once it is landed: it says what tables were then.

-- question --
-- What was answered until then was one answer to all that a release asks.
ALTER TABLE answer ADD COLUMN question TEXT NOT NULL DEFAULT '';
