-- The latest concerns of one area that were shared, or were raised by the reader's own team, with what came of
-- them. No note, no exact time and nobody's name; wording only of what was shared, for only that was reviewed.
SELECT (c.recorded_at AT TIME ZONE 'Europe/London')::date AS day, c.light, c.kind, c.feeling, c.status,
       CASE WHEN c.status <> 'raised' THEN c.wording END AS wording,
       coalesce((SELECT array_agg(f.label ORDER BY f.position, f.code)
                 FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
                 WHERE cf.concern_id = c.id), '{}') AS factors,
       e.public_wording AS answer, (e.happened_at AT TIME ZONE 'Europe/London')::date AS answered,
       count(*) OVER () AS matched
FROM concern c
JOIN concern_area ca ON ca.concern_id = c.id AND ca.main AND ca.area_id = :id
LEFT JOIN LATERAL (
    SELECT s.public_wording, s.happened_at FROM status_event s
    WHERE s.concern_id = c.id AND s.status = c.status AND s.status <> 'shared' AND s.public_wording IS NOT NULL
    ORDER BY s.happened_at DESC, s.id DESC LIMIT 1) e ON true
WHERE c.kind = :kind
  AND c.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
  AND c.light = ANY (CAST(:lights AS text[]))
  AND (CAST(:factors AS text[]) IS NULL OR EXISTS (
      SELECT FROM concern_factor f WHERE f.concern_id = c.id AND f.factor_code = ANY (CAST(:factors AS text[]))))
  AND (c.status <> 'raised' OR c.team_id = CAST(:team AS integer))
ORDER BY c.status IN ('done', 'in_hand', 'no_action') DESC, day DESC, outside_id(c.id, c.recorded_at)
LIMIT :most
