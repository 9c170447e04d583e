-- The features of these identifiers, in the very text in which `items` has them.
SELECT f.id::text AS id, f.feature
FROM feed_feature f
WHERE f.id = ANY (CAST(:ids AS uuid[]))
