-- One request by the hash of its link, with the walk that it is about: the one found, else the one asked for.
SELECT r.id, r.reference, r.state, r.state_at, r.kind, r.waiting_since IS NOT NULL AS waiting, r.no_show,
       r.ward_code, r.preferred, r.first_name, r.email, r.phone, r.times_note, r.access_needs, r.ease,
       r.calendar_sequence, r.answered_feedback, r.created_at,
       w.id AS walk_id, w.number AS walk_number, w.title, w.ward_code AS walk_ward_code, w.starts_at, w.ends_at,
       w.length_m, w.step_free, w.details, ST_X(w.meeting_point) AS meeting_lon, ST_Y(w.meeting_point) AS meeting_lat,
       w.meeting_words, w.getting_there, w.officer_first_name, w.officer_number, w.word, w.kind AS walk_kind,
       w.state AS walk_state, w.places_confirmed,
       a.name AS ward_name
FROM participant.request r
LEFT JOIN joinable_walk w ON w.id = coalesce(CAST(:about AS uuid), r.walk_id, r.asked_walk_id)
LEFT JOIN area a ON a.kind = 'ward' AND a.code = coalesce(w.ward_code, r.ward_code)
    AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
WHERE r.token_hash = :token_hash OR r.id = :id
