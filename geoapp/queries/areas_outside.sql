-- How much of the selected concerns lies in no ward of the edition: all less what lies in its wards. What adding
-- up shares in doubles leaves is nothing, not a millionth of a concern.
SELECT CASE WHEN abs(everything.n - inside.n) < 1e-6 THEN 0 ELSE everything.n - inside.n END
FROM (
    SELECT coalesce(sum(n), 0) AS n
    FROM figure_total
    WHERE counted_under = :under AND kind = :kind
      AND month BETWEEN CAST(:first AS date) AND CAST(:last AS date) AND light = ANY (CAST(:lights AS text[]))
) everything, (
    SELECT coalesce(sum(f.n), 0) AS n
    FROM area a JOIN figure_concern f ON f.area_id = a.id
    WHERE a.edition_id = CAST(:edition AS integer)
      AND f.counted_under = :under AND f.kind = :kind
      AND f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date) AND f.light = ANY (CAST(:lights AS text[]))
) inside
