-- Requests within reach that are not over, or those of one walk; the longest waiting first.
SELECT r.id, r.reference, r.state, r.kind, r.ward_code, a.name AS ward_name, r.preferred, r.first_name, r.email,
       r.phone, r.times_note, r.access_needs, r.ease, r.created_at, r.waiting_since IS NOT NULL AS waiting,
       r.no_show, r.team_id IS NULL AS unassigned,
       w.id AS walk_id, w.number AS walk_number, w.title AS walk_title, w.starts_at AS walk_starts_at,
       r.walk_id IS NOT NULL AS has_place
FROM participant.request r
LEFT JOIN joinable_walk w ON w.id = coalesce(r.walk_id, r.asked_walk_id)
LEFT JOIN area a ON a.kind = 'ward' AND a.code = r.ward_code
    AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
WHERE CASE WHEN CAST(:walk AS uuid) IS NULL THEN r.state IN ('asked', 'offered', 'agreed') ELSE w.id = :walk END
  AND (CAST(:ward AS text) IS NULL OR r.ward_code = :ward)
  AND (CAST(:time AS text) IS NULL OR r.preferred @> ARRAY[CAST(:time AS text)])
ORDER BY (r.state = 'agreed') DESC, r.created_at, r.id
LIMIT 200
