REVOKE DELETE ON safety_audit FROM app;
DROP TABLE safety_audit_tombstone;
