-- Version 2.  A created or deleted object had a row of its own in the history
-- and one more for each setting that it had: now it has one row with all of
-- its values.  The rest is additions, for which nothing is done by hand.
UPDATE change SET new_values = (
    SELECT json_group_object(pair.key, pair.value)
    FROM change AS part, json_each(part.new_values) AS pair
    WHERE part.path = change.path AND part.setting IS NOT NULL
        AND part.generation = change.generation
        AND part.new_values IS NOT NULL)
WHERE setting IS NULL AND new IS NOT NULL;

UPDATE change SET old_values = (
    SELECT json_group_object(pair.key, pair.value)
    FROM change AS part, json_each(part.old_values) AS pair
    WHERE part.path = change.path AND part.setting IS NOT NULL
        AND part.generation = change.generation
        AND part.old_values IS NOT NULL)
WHERE setting IS NULL AND old IS NOT NULL;

DELETE FROM change AS part
WHERE setting IS NOT NULL AND EXISTS (
    SELECT 1 FROM change AS whole
    WHERE whole.path = part.path AND whole.setting IS NULL
        AND whole.generation = part.generation);
