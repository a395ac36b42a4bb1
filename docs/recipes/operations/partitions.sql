-- Makes the four tables with a row or more a holder partitioned by campaign, in the ledger's schema, in one transaction:
--   psql "$NOTIFIER_LEDGER" --single-transaction --set ON_ERROR_STOP=1 --file partitions.sql
-- Stop whatever uses the ledger first, and back it up: each row is written once more. Run again later it makes partitions
-- for the campaigns to come; one that was planned before it had its own lies in `..._others`, and stays there.
-- What a partition is good for, and when it is not worth it, stands in docs/scale.md.
DO $$
DECLARE
    -- Campaigns are numbered as they are planned. More partitions than needed cost every statement a little.
    ahead CONSTANT integer := 12;
    held text;
    last bigint;
    taken boolean;
    names text[] := ARRAY['holder', 'contact', 'notice', 'trail'];
    again text[];
    one text;
BEGIN
    SELECT COALESCE(MAX(id), 0) + ahead INTO last FROM campaign;
    FOREACH held IN ARRAY names LOOP
        IF (SELECT relkind = 'r' FROM pg_class WHERE oid = held::regclass) THEN
            -- Its key and its indexes under the same names: `notifier plan` removes and makes them by name.
            SELECT array_agg(sql) INTO again FROM (
                SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s', held, conname, pg_get_constraintdef(oid)) AS sql
                FROM pg_constraint WHERE conrelid = held::regclass AND contype = 'p'
                UNION ALL
                SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = held::regclass AND NOT indisprimary
            ) AS found;
            EXECUTE format('ALTER TABLE %I RENAME TO %I', held, held || '_before');
            EXECUTE format(
                'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS) PARTITION BY LIST (campaign)', held, held || '_before'
            );
            EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', held || '_others', held);
        ELSE
            again := NULL;
        END IF;
        FOR number IN 1..last LOOP
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE campaign = %s)', held || '_others', number) INTO taken;
            IF NOT taken AND to_regclass(format('%I', held || '_' || number)) IS NULL THEN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%s)', held || '_' || number, held, number
                );
            END IF;
        END LOOP;
        IF again IS NOT NULL THEN
            EXECUTE format('INSERT INTO %I SELECT * FROM %I', held, held || '_before');
            EXECUTE format('DROP TABLE %I', held || '_before');
            FOREACH one IN ARRAY again LOOP
                EXECUTE one;
            END LOOP;
        END IF;
    END LOOP;
END
$$;
