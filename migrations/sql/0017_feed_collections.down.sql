GRANT SELECT ON open_walk TO feed;
DROP VIEW feed_ward_figure, feed_action, feed_walk;
