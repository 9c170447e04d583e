DROP TRIGGER tr_area_left ON area;
DROP TRIGGER tr_walk_uncount_delete ON walk;
DROP TRIGGER tr_walk_recount ON walk;
DROP TRIGGER tr_walk_uncount_update ON walk;
DROP TRIGGER tr_concern_factor_delete ON concern_factor;
DROP TRIGGER tr_concern_factor_insert ON concern_factor;
DROP TRIGGER tr_concern_uncount_delete ON concern;
DROP TRIGGER tr_concern_uncount_update ON concern;
DROP FUNCTION leave_edition, recount_walk, uncount_walk, keep_counted_under, uncount_concern, count_walks, forget_concerns,
    count_concerns, merge_raisers;
