-- One concern of a team, as its officers see it, with ward and borough of the edition valid when it was recorded.
SELECT c.id, c.body, c.body_hash, c.light, c.status, c.wording, a.code AS ward, a.borough_code AS borough
FROM concern c
LEFT JOIN LATERAL (
    SELECT area.code, area.borough_code
    FROM concern_area ca JOIN area ON area.id = ca.area_id
    WHERE ca.concern_id = c.id AND ca.main
      AND area.edition_id = edition_on((c.recorded_at AT TIME ZONE 'Europe/London')::date)
) a ON true
WHERE c.id = :id AND (CAST(:team AS integer) IS NULL OR c.team_id = :team)
