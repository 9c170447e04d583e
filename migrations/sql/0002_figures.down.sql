DROP TRIGGER tr_walk_updated ON walk;
DROP TRIGGER tr_concern_updated ON concern;
DROP TRIGGER tr_audit_fixed ON audit;
DROP TRIGGER tr_audit_chain ON audit;
DROP TRIGGER tr_area_edition ON area;
DROP TRIGGER tr_area_hold ON area;
DROP TRIGGER tr_exposure_delete ON track;
DROP TRIGGER tr_exposure_update ON track;
DROP TRIGGER tr_exposure_insert ON track;
DROP TRIGGER tr_concern_area_update ON concern;
DROP TRIGGER tr_concern_area_insert ON concern;
DROP FUNCTION touch_updated, refuse_audit_change, chain_audit, audit_hash(audit), keep_edition, hold_figures, drop_exposure,
    keep_exposure, keep_concern_area, concern_shares, line_areas, point_areas, metres_inside, edition_on,
    boundary_tolerance_m;
ALTER TABLE concern_area DROP COLUMN main;
DROP INDEX ix_walk_month;
ALTER TABLE walk DROP COLUMN month;
ALTER TABLE area DROP COLUMN core;
