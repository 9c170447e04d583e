-- Entries of a stretch of the audit chain that do not follow from the one before, or from what they say.
-- The entry before the stretch has the number :last_id and the hash :last_hash.
WITH stretch AS (
    SELECT a.id, a.previous, a.hash, audit_hash(a) AS again,
           coalesce(lag(a.id) OVER chain, :last_id) AS id_before,
           coalesce(lag(a.hash) OVER chain, :last_hash) AS hash_before
    FROM audit a WHERE a.id > :after AND a.id <= :upto
    WINDOW chain AS (ORDER BY a.id)
)
SELECT id::text AS subject,
       concat_ws(', ', CASE WHEN id <> id_before + 1 THEN 'entries before it are missing' END,
                       CASE WHEN previous <> hash_before THEN 'does not follow from the entry before it' END,
                       CASE WHEN hash <> again THEN 'was changed after it was written' END) AS what
FROM stretch
WHERE id <> id_before + 1 OR previous <> hash_before OR hash <> again
ORDER BY id
