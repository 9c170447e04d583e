-- How much of the selected concerns lies in no ward of the edition: all less what lies in its wards, which is added
-- up here unless it is known. What adding up shares in doubles leaves is nothing, not a millionth of a concern.
SELECT CASE WHEN abs(everything - inside) < 1e-6 THEN 0 ELSE everything - inside END
FROM (
    SELECT (
        SELECT coalesce(sum(n), 0)
        FROM figure_total
        WHERE counted_under = :under AND kind = :kind
          AND month BETWEEN CAST(:first AS date) AND CAST(:last AS date) AND light = ANY (CAST(:lights AS text[]))
    ) AS everything, coalesce(CAST(:inside AS double precision), (
        SELECT coalesce(sum(of_year(f.n, CAST(:light_mask AS integer), y.first, y.last)), 0)
        FROM area a
        CROSS JOIN (
            SELECT year::smallint AS year,
                   CASE WHEN year = extract(year FROM CAST(:first AS date)) THEN extract(month FROM CAST(:first AS date)) ELSE 1 END::integer AS first,
                   CASE WHEN year = extract(year FROM CAST(:last AS date)) THEN extract(month FROM CAST(:last AS date)) ELSE 12 END::integer AS last
            FROM generate_series(extract(year FROM CAST(:first AS date))::integer, extract(year FROM CAST(:last AS date))::integer) year) y
        JOIN figure_concern f ON f.area_id = a.id AND f.counted_under = :under AND f.kind = :kind AND f.year = y.year
        WHERE a.edition_id = CAST(:edition AS integer)
    )) AS inside
) both_sides
