-- How many distinct walks reach a whole scope: all areas of the kind, or those of a borough.
SELECT coalesce(sum(r.walks), 0)
FROM figure_reach r
WHERE r.kind = :area AND coalesce(r.edition_id, 0) = coalesce(CAST(:scope_edition AS integer), 0)
  AND r.borough_code = :borough
  AND r.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
  AND r.lights & CAST(:light_mask AS integer) <> 0
