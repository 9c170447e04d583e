-- Walks of a team, those to come first; how many wait for each. Needs the role that sees requests.
SELECT w.id, w.number, w.title, w.ward_code, a.name AS ward_name, w.starts_at, w.ends_at, w.kind, w.listed, w.state,
       w.places, w.places_taken, w.places_confirmed, w.officer_first_name,
       w.meeting_point IS NOT NULL AS has_point, coalesce(w.meeting_words ~ '\S', false) AS has_words,
       (SELECT count(*) FROM participant.request r WHERE r.asked_walk_id = w.id AND r.state = 'asked') AS asking,
       (SELECT count(*) FROM participant.request r WHERE r.asked_walk_id = w.id AND r.waiting_since IS NOT NULL) AS waiting,
       (SELECT count(*) FROM participant.request r WHERE r.walk_id = w.id AND r.no_show) AS no_shows
FROM joinable_walk w
LEFT JOIN area a ON a.kind = 'ward' AND a.code = w.ward_code
    AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
WHERE w.team_id = :team
ORDER BY (w.state IN ('open', 'full')) DESC,
         CASE WHEN w.state IN ('open', 'full') THEN w.starts_at END, w.starts_at DESC, w.id
LIMIT 200
