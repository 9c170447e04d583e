REVOKE EXECUTE ON FUNCTION edition_on FROM scheme;
REVOKE ALL ON area, edition, borough, team, person, audit FROM scheme;
REVOKE ALL (id, name, role, team_id, active) ON person FROM scheme;
REVOKE USAGE ON SCHEMA lamplight FROM scheme;
DROP SCHEMA participant CASCADE;
DROP VIEW open_walk;
DROP TABLE joinable_walk;
DROP FUNCTION keep_joinable_walk;
