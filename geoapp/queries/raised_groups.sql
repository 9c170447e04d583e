-- The same by factor group: a concern about two things of one group counts once.
SELECT f.factor_group, count(DISTINCT c.id) AS concerns, count(DISTINCT c.walk_id) AS walks
FROM concern c
JOIN concern_area ca ON ca.concern_id = c.id AND ca.main AND ca.area_id = :area
JOIN concern_factor cf ON cf.concern_id = c.id
JOIN factor f ON f.code = cf.factor_code
WHERE c.kind = 'concern' AND c.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
GROUP BY f.factor_group
ORDER BY f.factor_group DESC
