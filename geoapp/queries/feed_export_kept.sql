-- All that the reader sees of a collection in the order that is kept, as texts of many features with commas between:
-- a row for each stretch of numbers. No value holds a line feed, because JSON text has none and none is added.
-- The sign of the delimiter and the quote cannot stand in JSON text either, so that nothing is quoted or doubled.
COPY (
    SELECT part.features
    FROM generate_series(
        (SELECT max(v.seq) FROM feed_feature v WHERE v.collection = %(collection)s),
        (SELECT min(v.seq) FROM feed_feature v WHERE v.collection = %(collection)s),
        -%(stretch)s::bigint) AS upper_end
    CROSS JOIN LATERAL (
        SELECT string_agg(f.feature, ',') AS features
        FROM (
            SELECT v.feature FROM feed_feature v
            WHERE v.collection = %(collection)s AND v.seq <= upper_end AND v.seq > upper_end - %(stretch)s::bigint
            ORDER BY v.seq DESC) f) part
    WHERE part.features IS NOT NULL
) TO STDOUT WITH (FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01')
