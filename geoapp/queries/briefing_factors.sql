-- The factors of an area's concerns within a selection, by how much was raised about them.
SELECT f.factor_code
FROM concern_area ca
JOIN concern c ON c.id = ca.concern_id
JOIN concern_factor f ON f.concern_id = c.id
WHERE ca.area_id = :id AND c.kind = :kind
  AND c.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
  AND c.light = ANY (CAST(:lights AS text[]))
GROUP BY f.factor_code
ORDER BY sum(ca.share) DESC, f.factor_code
