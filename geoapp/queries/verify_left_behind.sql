-- Derived rows whose source is gone; foreign keys prevent it for everybody but a superuser.
SELECT 'concern_area' AS kept_in, ca.concern_id::text AS subject FROM concern_area ca
WHERE NOT EXISTS (SELECT FROM concern c WHERE c.id = ca.concern_id)
   OR NOT EXISTS (SELECT FROM area a WHERE a.id = ca.area_id)
UNION ALL
SELECT 'exposure', e.walk_id::text FROM exposure e
WHERE NOT EXISTS (SELECT FROM track t WHERE t.walk_id = e.walk_id)
   OR NOT EXISTS (SELECT FROM area a WHERE a.id = e.area_id)
ORDER BY 1, 2
