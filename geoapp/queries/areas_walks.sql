-- How many distinct walks reach a whole scope: all areas of the kind, or a borough's. Null when one of its areas
-- that was walked within the selection is not among these, for then they have to be counted one by one.
SELECT CASE WHEN NOT EXISTS (
        SELECT FROM area_scope s JOIN figure_walk f ON f.area_id = s.area_id
        WHERE s.kind = :area AND s.edition_id IS NOT DISTINCT FROM CAST(:scope_edition AS integer) AND s.borough_code = :borough
          AND f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
          AND f.lights & CAST(:light_mask AS integer) <> 0
          AND s.area_id <> ALL (CAST(:areas AS integer[])))
    THEN (
        SELECT coalesce(sum(r.walks), 0)
        FROM figure_reach r
        WHERE r.kind = :area AND coalesce(r.edition_id, 0) = coalesce(CAST(:scope_edition AS integer), 0)
          AND r.borough_code = :borough
          AND r.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
          AND r.lights & CAST(:light_mask AS integer) <> 0)
    END
