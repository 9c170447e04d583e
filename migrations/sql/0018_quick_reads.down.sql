DROP FUNCTION feed_items_by_key, feed_states_by_key, feed_opened, feed_box_kept, feed_state_of;
