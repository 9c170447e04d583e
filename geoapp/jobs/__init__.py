"""Background work: jobs are rows in the database, claimed one at a time, and keep their failures."""
