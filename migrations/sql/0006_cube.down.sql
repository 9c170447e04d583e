DROP FUNCTION recount_cube, count_reach, count_areas, walked_in_months, raised_in_months, wards_of_cells, counted_under,
    walks_of_year, of_year;
DROP AGGREGATE sum_years(double precision[]);
DROP AGGREGATE sum_reaches(double precision[]);
DROP FUNCTION add_year, add_years, add_reach, add_reaches, reach_of, year_of, light_code, tidy, raisers_kept;
DROP VIEW area_scope;
DROP TABLE figure_cell, figure_reach, figure_walk, figure_total, figure_voice, figure_concern;
DROP FUNCTION hold_cube;
