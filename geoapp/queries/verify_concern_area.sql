-- Where the kept shares of these concerns differ from shares worked out anew: one row for each concern and area.
WITH fresh AS (
    SELECT c.id AS concern_id, s.area_id, s.share, s.main
    FROM concern c CROSS JOIN LATERAL concern_shares(c.geom_bng, NULL) s
    WHERE c.id = ANY(CAST(:ids AS uuid[]))
), kept AS (
    SELECT concern_id, area_id, share, main FROM concern_area WHERE concern_id = ANY(CAST(:ids AS uuid[]))
)
SELECT concern_id::text AS subject, area_id, kept.share AS kept, fresh.share AS fresh
FROM kept FULL JOIN fresh USING (concern_id, area_id)
WHERE kept.share IS NULL OR fresh.share IS NULL
   OR abs(kept.share - fresh.share) > :share_tolerance OR kept.main <> fresh.main
ORDER BY concern_id, area_id
