-- How much of the selected concerns lies in no ward of the edition. What is left of a route after adding up
-- its shares in doubles is nothing, not a millionth of a concern.
SELECT coalesce(sum(CASE WHEN 1 - coalesce(inside.share, 0) < 1e-9 THEN 0 ELSE 1 - coalesce(inside.share, 0) END), 0)
FROM concern c
LEFT JOIN LATERAL (
    SELECT sum(ca.share) AS share
    FROM concern_area ca JOIN area a ON a.id = ca.area_id
    WHERE ca.concern_id = c.id AND a.edition_id = CAST(:edition AS integer)
) inside ON true
WHERE c.kind = :kind
  AND c.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
  AND c.light = ANY (CAST(:lights AS text[]))
  AND (CAST(:factors AS text[]) IS NULL OR EXISTS (
      SELECT FROM concern_factor f
      WHERE f.concern_id = c.id AND f.factor_code = ANY (CAST(:factors AS text[]))))
