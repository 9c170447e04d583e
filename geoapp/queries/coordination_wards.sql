-- Wards of the edition in force, to choose from.
SELECT a.code, a.name
FROM area a
WHERE a.kind = 'ward' AND a.edition_id = edition_on((now() AT TIME ZONE 'Europe/London')::date)
ORDER BY a.name, a.code
