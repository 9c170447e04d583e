DROP FUNCTION feed_item_by_key, feed_opened, feed_box_kept, feed_state_of;
