-- Shared concerns for those who answer them, with owner and how far the public words are. No note, no point.
SELECT c.id, c.recorded_at, (c.recorded_at AT TIME ZONE 'Europe/London')::date AS day, c.light, c.kind, c.status, c.wording,
       a.code AS ward_code, a.name AS ward_name,
       coalesce((SELECT array_agg(f.label ORDER BY f.position, f.code)
                 FROM concern_factor cf JOIN factor f ON f.code = cf.factor_code
                 WHERE cf.concern_id = c.id), '{}') AS factors,
       c.owner,
       p.words
FROM concern c
JOIN concern_area ca ON ca.concern_id = c.id AND ca.main
JOIN area a ON a.id = ca.area_id AND a.kind = 'ward'
    AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
LEFT JOIN LATERAL (
    SELECT CASE WHEN bool_or(w.reviewed_at IS NOT NULL) THEN 'public' ELSE 'written' END AS words
    FROM public_answer w WHERE w.concern_id = c.id AND w.withdrawn_at IS NULL HAVING count(*) > 0) p ON true
WHERE c.status <> 'raised'
  AND (CAST(:one AS uuid) IS NULL OR c.id = CAST(:one AS uuid))
  AND (CAST(:ward AS text) IS NULL OR a.code = :ward)
  AND (CAST(:status AS text) IS NULL OR c.status = :status)
  AND (CAST(:before AS timestamptz) IS NULL OR (c.recorded_at, c.id) < (CAST(:before AS timestamptz), CAST(:id AS uuid)))
ORDER BY c.recorded_at DESC, c.id DESC
LIMIT :most
