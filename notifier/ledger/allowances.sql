-- Statements about how often clients and links may come. Parameters are written :name; {lock} is the dialect's way to
-- pass over rows that another process is writing at this moment.

-- allowance_spend --
-- Allowed while less than all of a minute's is spent; what is refused changes nothing.
INSERT INTO allowance (key, until) VALUES (:key, :now + :each)
ON CONFLICT (key) DO UPDATE
SET until = CASE WHEN allowance.until < :now THEN :now ELSE allowance.until END + :each
WHERE allowance.until <= :latest

-- allowances_over --
-- Waiting for none of those who spend, so that two never wait for each other.
DELETE FROM allowance WHERE key IN (SELECT key FROM allowance WHERE until <= :now {lock})
