-- What was raised in a ward in a fixed period, by factor, with the distinct walks that raised it. Whole concerns
-- of the ward that holds most of them. A concern without a walk counts as nobody's voice.
SELECT f.factor_group, f.code, f.label, count(*) AS concerns, count(DISTINCT c.walk_id) AS walks
FROM concern c
JOIN concern_area ca ON ca.concern_id = c.id AND ca.main AND ca.area_id = :area
JOIN concern_factor cf ON cf.concern_id = c.id
JOIN factor f ON f.code = cf.factor_code
WHERE c.kind = 'concern' AND c.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
GROUP BY f.factor_group, f.code, f.label, f.position
ORDER BY count(*) DESC, f.position, f.code
