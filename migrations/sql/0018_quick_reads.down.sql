DROP FUNCTION feed_items_by_key, feed_pages_by_key, feed_states_by_key, feed_opened, feed_box_kept, feed_box_some, box_core, feed_state_of;
