DROP VIEW feed_concern;
DROP INDEX uq_concern_outside_id;
DROP FUNCTION outside_id;
REVOKE ALL ON ALL TABLES IN SCHEMA lamplight FROM app, feed;
REVOKE ALL (name) ON borough FROM app;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA lamplight FROM app, feed;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA lamplight TO PUBLIC;
REVOKE ALL ON SCHEMA lamplight FROM app, feed;
