-- How walks of a team were, over a year of months; withheld by the caller where too few have answered.
SELECT count(*) AS answers, avg(felt_heard)::double precision AS felt_heard,
       avg(felt_safer)::double precision AS felt_safer, avg(walk_again::integer)::double precision AS walk_again
FROM participant.feedback
WHERE team_id = :team AND month > (now() AT TIME ZONE 'Europe/London')::date - interval '1 year'
