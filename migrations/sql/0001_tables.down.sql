DROP TABLE ground, exposure, concern_area, audit, status_event, photo, tombstone, concern_factor, concern, factor,
    track, track_chunk, walk, feed_key_borough, feed_key, api_token, sign_in_failure, sign_in,
    person_borough, person, team, area, edition, borough;
