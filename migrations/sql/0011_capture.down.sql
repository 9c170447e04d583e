DROP FUNCTION ready_to_share, left_to_tidy;
DROP TABLE safety_audit_score, safety_audit, crime_mark;
