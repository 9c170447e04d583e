DROP TABLE safety_audit_score, safety_audit, crime_mark;
