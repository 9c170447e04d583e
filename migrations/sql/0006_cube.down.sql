DROP TRIGGER tr_area_left ON area;
DROP TRIGGER tr_walk_uncount_delete ON walk;
DROP TRIGGER tr_walk_recount ON walk;
DROP TRIGGER tr_walk_uncount_update ON walk;
DROP TRIGGER tr_concern_factor_delete ON concern_factor;
DROP TRIGGER tr_concern_factor_insert ON concern_factor;
DROP TRIGGER tr_concern_uncount_delete ON concern;
DROP TRIGGER tr_concern_uncount_update ON concern;
DROP FUNCTION recount_cube, counted_again, leave_edition, wards_of_cells, recount_walk, uncount_walk, keep_counted_under,
    uncount_concern, count_walks, count_reach, count_concerns, counted_under, tidy, merge_raisers, raisers_kept;
DROP VIEW area_scope;
DROP TABLE figure_reach, figure_walk, figure_total, figure_concern;
DROP FUNCTION hold_cube;
