DROP FUNCTION feed_in_box;
DROP VIEW feed_ward_feature, feed_state, feed_total;
DROP FUNCTION recount_feed;
DROP TRIGGER tr_feed_wards_borough ON borough;
DROP TRIGGER tr_feed_wards_edition ON edition;
DROP TRIGGER tr_feed_wards_delete ON area;
DROP TRIGGER tr_feed_wards_update ON area;
DROP TRIGGER tr_feed_wards_insert ON area;
DROP TRIGGER tr_feed_ward_update ON area;
DROP TRIGGER tr_feed_factor_delete ON concern_factor;
DROP TRIGGER tr_feed_factor_insert ON concern_factor;
DROP TRIGGER tr_feed_area_delete ON concern_area;
DROP TRIGGER tr_feed_area_update ON concern_area;
DROP TRIGGER tr_feed_area_insert ON concern_area;
DROP TRIGGER tr_feed_concern_update ON concern;
DROP TABLE feed_scope, feed_day, feed_feature, feed_order;
DROP SEQUENCE feed_change_number;
DROP FUNCTION note_wards_changed, note_ward_rows_changed, count_feed_in, count_feed_out, count_feed_change,
    keep_feed_of_concerns, keep_feed_of_parts, keep_feed_of_areas, keep_feed_text, feed_text_of, hold_feed;
