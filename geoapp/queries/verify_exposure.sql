-- Where the kept exposure of these walks differs from their tracks laid over the areas anew.
WITH fresh AS (
    SELECT t.walk_id, l.area_id, l.light_code AS light, l.metres, l.minutes
    FROM track t CROSS JOIN LATERAL line_areas(t.geom_bng, t.light, NULL) l
    WHERE t.walk_id = ANY(CAST(:ids AS uuid[]))
), kept AS (
    SELECT walk_id, area_id, light, metres, minutes FROM exposure WHERE walk_id = ANY(CAST(:ids AS uuid[]))
)
SELECT walk_id::text AS subject, area_id, light, kept.metres AS kept, fresh.metres AS fresh,
       kept.minutes AS kept_minutes, fresh.minutes AS fresh_minutes
FROM kept FULL JOIN fresh USING (walk_id, area_id, light)
WHERE kept.metres IS NULL OR fresh.metres IS NULL
   OR abs(kept.metres - fresh.metres) > :metres_tolerance OR abs(kept.minutes - fresh.minutes) > :minutes_tolerance
ORDER BY walk_id, area_id, light
