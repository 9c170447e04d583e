DROP VIEW feed_log_state, feed_change_seen, feed_present;
DROP TRIGGER tr_change_edition ON edition;
DROP TRIGGER tr_change_ward_update ON area;
DROP TRIGGER tr_change_ward_delete ON area;
DROP TRIGGER tr_change_ward_insert ON area;
DROP TRIGGER tr_change_factor_delete ON concern_factor;
DROP TRIGGER tr_change_factor_insert ON concern_factor;
DROP TRIGGER tr_change_concern_delete ON concern;
DROP TRIGGER tr_change_concern_update ON concern;
DROP TRIGGER tr_change_concern_insert ON concern;
DROP TABLE feed_settling;
DROP FUNCTION feed_differences, prune_feed_log, renew_feed_log, feed_log_current, unsettle_editions, unsettle_wards, unsettle_all,
    unsettle_factors, unsettle_concerns, unsettle, settle_feed, feed_of, feed_today;
DROP TABLE feed_unsettled, feed_log, feed_change, feed_presence;
ALTER TABLE feed_key DROP COLUMN may_write;
ALTER TABLE concern DROP COLUMN owner_reference, DROP COLUMN owner;
ALTER TABLE status_event DROP COLUMN actor;
