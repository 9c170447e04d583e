-- The rows of a page of all that a reader of one borough sees of a collection, newest first, and one over where more
-- follow. Rows and not one text: a text of hundreds of kilobytes lies in memory that is taken and given back for each
-- page, and that costs more than all else.
SELECT v.seq, v.feature FROM feed_feature v
WHERE v.collection = CAST(:collection AS text) AND v.borough_code = (SELECT current_setting('lamplight.boroughs', true))
  AND v.seq < CAST(:below AS bigint)
ORDER BY v.seq DESC LIMIT CAST(:most AS bigint) + 1
