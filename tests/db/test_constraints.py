"""What the database refuses by itself, whoever asks: broken rows for each constraint."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from geoapp import db
from geoapp.errors import CONSTRAINTS, Refused

Server = Any  # the class of the fixture lies in conftest.py, which tests cannot import
Row = psycopg.Connection[Any]
ONE, TWO = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
LAMP = "ST_SetSRID(ST_MakePoint(-0.12, 51.46), 4326)"
LAMP_BNG = "ST_SetSRID(ST_MakePoint(530500, 175500), 27700)"
SQUARE = "ST_Multi(ST_MakeEnvelope(530000, 175000, 531000, 176000, 27700))"
SQUARE_WGS = "ST_Multi(ST_MakeEnvelope(-0.13, 51.45, -0.11, 51.47, 4326))"
BOW = "ST_Multi(ST_GeomFromText('POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))', {}))"

ROWS = {
    "borough": {"code": "'E09000022'"},
    "edition": {"name": "'2022'", "valid_from": "'2022-05-05'"},
    "area": {
        "kind": "'ward'",
        "edition_id": "(SELECT min(id) FROM edition)",
        "code": "'E05000009'",
        "name": "'Brixton'",
        "borough_code": "NULL",
        "geom": SQUARE_WGS,
        "geom_bng": SQUARE,
        "outline": "'{}'",
    },
    "team": {"name": "'Brixton'"},
    "person": {
        "id": f"'{TWO}'",
        "email": "'ben@force.example'",
        "name": "'Ben'",
        "role": "'officer'",
        "team_id": "(SELECT min(id) FROM team)",
        "password_hash": "''",
    },
    "person_borough": {"person_id": f"'{ONE}'", "borough_code": "'E09000028'"},
    "sign_in": {"token_hash": r"'\x02'", "person_id": f"'{ONE}'", "expires_at": "now() + interval '1 hour'"},
    "api_token": {
        "id": f"'{TWO}'",
        "token_hash": r"'\x02'",
        "person_id": f"'{ONE}'",
        "expires_at": "now() + interval '1 hour'",
    },
    "feed_key": {"id": f"'{TWO}'", "name": "'GIS'", "key_hash": r"'\x02'", "hint": "'abcd'"},
    "feed_key_borough": {"feed_key_id": f"'{ONE}'", "borough_code": "'E09000028'"},
    "walk": {
        "id": f"'{TWO}'",
        "team_id": "(SELECT min(id) FROM team)",
        "started_at": "'2026-02-10T19:00Z'",
        "ended_at": "'2026-02-10T20:00Z'",
        "participants": "2",
        "body": "'{}'",
        "body_hash": r"'\x02'",
    },
    "track_chunk": {"walk_id": f"'{ONE}'", "chunk": "0", "body": "'{}'", "body_hash": r"'\x02'"},
    "track": {
        "walk_id": f"'{ONE}'",
        "geom": "ST_GeomFromText('MULTILINESTRINGM((-0.12 51.46 0, -0.11 51.46 1000))', 4326)",
        "geom_bng": "ST_GeomFromText('MULTILINESTRINGM((530500 175500 0, 530600 175500 1000))', 27700)",
        "light": "'{2}'",
        "metres": "100",
        "minutes": "1",
    },
    "factor": {"code": "'music'", "factor_group": "'behaviour'", "label": "'Music'", "position": "21"},
    "concern": {
        "id": f"'{TWO}'",
        "team_id": "(SELECT min(id) FROM team)",
        "walk_id": "NULL",
        "kind": "'concern'",
        "geom": LAMP,
        "geom_bng": LAMP_BNG,
        "feeling": "NULL",
        "applies": "'{}'",
        "basis": "NULL",
        "setting": "NULL",
        "recorded_at": "'2026-02-10T19:30Z'",
        "light": "'dark'",
        "accuracy_m": "NULL",
        "position_method": "NULL",
        "status": "'raised'",
        "wording": "NULL",
        "body": "'{}'",
        "body_hash": r"'\x02'",
    },
    "concern_factor": {"concern_id": f"'{ONE}'", "factor_code": "'signage'"},
    "tombstone": {"concern_id": f"'{TWO}'", "team_id": "(SELECT min(id) FROM team)"},
    "photo": {
        "concern_id": f"'{TWO}'",
        "team_id": "(SELECT min(id) FROM team)",
        "image": r"'\x02'",
        "width": "1",
        "height": "1",
        "sent_hash": r"'\x02'",
    },
    "concern_owner": {"concern_id": f"'{ONE}'", "owner": "'Parks'", "set_by": f"'{ONE}'"},
    "public_answer": {
        "concern_id": f"'{ONE}'",
        "status": "'done'",
        "happened_on": "'2026-04-16'",
        "you_said": "'it is dark.'",
        "answer": "'put in lamps.'",
        "written_by": f"'{ONE}'",
    },
    "postcode_district": {"code": "'SW8'", "ward_code": "'E05000001'"},
    "status_event": {"concern_id": f"'{ONE}'", "status": "'shared'", "reason": "NULL"},
    "concern_area": {
        "concern_id": f"'{ONE}'",
        "area_id": "(SELECT min(id) FROM area)",
        "share": "1",
        "main": "true",
    },
    "exposure": {
        "walk_id": f"'{ONE}'",
        "area_id": "(SELECT min(id) FROM area)",
        "light": "0",
        "metres": "1",
        "minutes": "1",
    },
    "figure_reach": {
        "kind": "'hex200'",
        "borough_code": "''",
        "month": "'2026-02-01'",
        "lights": "4",
        "walks": "1",
    },
    "figure_concern": {
        "area_id": "(SELECT min(id) FROM area)",
        "counted_under": "'all'",
        "kind": "'concern'",
        "year": "2025",
        "n": "array_fill(0, ARRAY[36])",
    },
    "figure_walk": {
        "area_id": "(SELECT min(id) FROM area)",
        "year": "2025",
        "walks": "array_fill(0, ARRAY[84])",
        "metres": "array_fill(0, ARRAY[36])",
        "minutes": "array_fill(0, ARRAY[36])",
    },
    "feed_presence": {
        "concern_id": f"'{TWO}'",
        "collection": "'concerns'",
        "outside_id": f"'{TWO}'",
        "borough_code": "'E09000022'",
        "digest": "''",
    },
    "feed_change": {"collection": "'concerns'", "outside_id": f"'{TWO}'", "to_borough": "'E09000022'"},
    "crime_mark": {"concern_id": f"'{ONE}'", "marked_by": f"'{ONE}'"},
    "safety_audit": {
        "id": f"'{TWO}'",
        "team_id": "(SELECT min(id) FROM team)",
        "walk_id": f"'{ONE}'",
        "rubric": "'stop-1'",
        "geom": LAMP,
        "geom_bng": LAMP_BNG,
        "recorded_at": "'2026-02-10T19:30Z'",
        "light": "'dark'",
        "body": "'{}'",
        "body_hash": r"'\x02'",
    },
    "safety_audit_tombstone": {"audit_id": f"'{TWO}'", "team_id": "(SELECT min(id) FROM team)"},
    "safety_audit_score": {"audit_id": f"'{ONE}'", "parameter": "'lighting'", "score": "3"},
    "export": {
        "id": f"'{TWO}'",
        "person_id": f"'{ONE}'",
        "title": "'Lambeth'",
        "query": "''",
        "codes": "'{E05000001}'",
        "expires_at": "now()",
    },
    "feed_feature": {
        "concern_id": f"'{ONE}'",
        "edition_id": "(SELECT min(id) FROM edition)",
        "seq": "1",
        "collection": "'concerns'",
        "id": f"'{TWO}'",
        "kind": "'concern'",
        "factors": "'{}'",
        "applies": "'{}'",
        "light": "'dark'",
        "date": "'2026-02-10'",
        "status": "'shared'",
        "ward_code": "'E05000001'",
        "ward_name": "'Ward'",
        "borough_code": "'E09000028'",
        "updated": "'2026-02-10'",
        "geom": LAMP,
        "geom_bng": LAMP_BNG,
        "feature": "'{}'",
    },
    "ground": {"source": "'demo'", "layer": "'street'", "class": "'residential'", "geom": LAMP},
    "audit": {"actor": "'ana'", "action": "'looked'", "subject": "'x'", "id": "1"},
    "joinable_walk": {
        "id": f"'{TWO}'",
        "team_id": "(SELECT min(id) FROM team)",
        "title": "'Larkhall Park'",
        "ward_code": "'E05000001'",
        "starts_at": "'2026-04-16T17:30Z'",
        "ends_at": "'2026-04-16T18:15Z'",
        "step_free": "true",
        "meeting_point": LAMP,
        "meeting_words": "'At the gate'",
        "officer_first_name": "'Priya'",
        "kind": "'group'",
        "places": "4",
    },
    "participant.request": {
        "id": f"'{TWO}'",
        "reference": "'R-00000002'",
        "kind": "'group'",
        "ward_code": "'E05000001'",
        "adult": "true",
        "first_name": r"'\x02'",
        "email": r"'\x02'",
        "token_hash": "sha256('two')",
    },
    "participant.request_event": {"request_id": f"'{ONE}'", "state": "'asked'", "by": "'clock'"},
    "participant.message": {
        "id": f"'{TWO}'",
        "request_id": f"'{ONE}'",
        "kind": "'received'",
        "way": "'email'",
        "number": "0",
    },
    "participant.feedback": {
        "team_id": "(SELECT min(id) FROM team)",
        "month": "'2026-04-01'",
        "felt_heard": "5",
        "felt_safer": "4",
        "walk_again": "true",
    },
    "participant.erasure": {
        "id": f"'{TWO}'",
        "cause": "'asked'",
        "reference_hash": r"'\x02'",
        "token_hash": r"'\x02'",
        "messages": "1",
        "events": "1",
    },
}
_TAKEN = {"places_taken": "1", "places_confirmed": "1"}

NOWHERE = "ST_SetSRID(ST_MakePoint('NaN', 51.46), 4326)"
NOWHERE_BNG = "ST_SetSRID(ST_MakePoint(530500, 'NaN'), 27700)"
CASES: list[tuple[str, str, dict[str, str]]] = [
    ("ck_borough_code", "borough", {"code": "'E09 22'"}),
    ("ck_borough_code", "borough", {"code": "''"}),
    ("pk_borough", "borough", {"code": "'E09000028'"}),
    ("ck_edition_name", "edition", {"name": "'  '"}),
    ("ck_edition_name", "edition", {"name": "repeat('x', 81)"}),
    ("uq_edition_name", "edition", {"name": "'first'"}),
    ("ck_area_kind", "area", {"kind": "'square'", "edition_id": "NULL"}),
    ("ck_area_edition", "area", {"edition_id": "NULL"}),
    ("ck_area_edition", "area", {"kind": "'hex200'"}),
    ("ck_area_ward_outline", "area", {"outline": "NULL"}),
    ("ck_area_code", "area", {"code": "'<b>'"}),
    ("ck_area_name", "area", {"name": "' '"}),
    ("ck_area_geometry_valid", "area", {"geom": BOW.format(4326)}),
    ("ck_area_geometry_filled", "area", {"geom": "ST_GeomFromText('MULTIPOLYGON EMPTY', 4326)"}),
    ("uq_area_kind_edition_id_code", "area", {"code": "'E05000001'"}),
    ("fk_area_edition_id_edition", "area", {"edition_id": "999"}),
    ("fk_area_borough_code_borough", "area", {"borough_code": "'E09000099'"}),
    ("ck_team_name", "team", {"name": "''"}),
    ("uq_team_name", "team", {"name": "'Peckham'"}),
    ("ck_person_email", "person", {"email": "'Ben@force.example'"}),
    ("ck_person_email", "person", {"email": "'ben'"}),
    ("ck_person_role", "person", {"role": "'chief'"}),
    ("uq_person_email", "person", {"email": "'ana@force.example'"}),
    ("fk_person_team_id_team", "person", {"team_id": "999"}),
    ("fk_person_borough_borough_code_borough", "person_borough", {"borough_code": "'E09000099'"}),
    ("ck_sign_in_order", "sign_in", {"expires_at": "now() - interval '1 hour'"}),
    ("uq_api_token_token_hash", "api_token", {"token_hash": r"'\x01'"}),
    ("ck_feed_key_name", "feed_key", {"name": "''"}),
    ("uq_feed_key_key_hash", "feed_key", {"key_hash": r"'\x01'"}),
    ("fk_feed_key_borough_borough_code_borough", "feed_key_borough", {"borough_code": "'E09000099'"}),
    ("ck_walk_order", "walk", {"ended_at": "'2026-02-10T18:59Z'"}),
    ("ck_walk_participants", "walk", {"participants": "-1"}),
    ("ck_walk_participants", "walk", {"participants": "1001"}),
    ("ck_walk_announced", "walk", {"body_hash": "NULL"}),
    ("ck_walk_announced", "walk", {"started_at": "NULL", "ended_at": "NULL"}),
    (
        "ck_walk_end_needs_start",
        "walk",
        {"started_at": "NULL", "body": "NULL", "body_hash": "NULL"},
    ),
    ("fk_walk_officer_id_person", "walk", {"officer_id": f"'{TWO}'"}),
    ("ck_track_chunk_chunk", "track_chunk", {"chunk": "-1"}),
    ("fk_track_chunk_walk_id_walk", "track_chunk", {"walk_id": f"'{TWO}'"}),
    (
        "ck_track_filled",
        "track",
        {
            "geom": "ST_GeomFromText('MULTILINESTRINGM EMPTY', 4326)",
            "geom_bng": "ST_GeomFromText('MULTILINESTRINGM EMPTY', 27700)",
            "light": "'{}'",
        },
    ),
    (
        "ck_track_filled",
        "track",
        {"geom": "ST_GeomFromText('MULTILINESTRINGM((-0.12 51.46 0, -0.11 51.46 1000, -0.1 51.4 2))', 4326)"},
    ),
    ("ck_track_light", "track", {"light": "'{2, 2}'"}),
    ("ck_track_light", "track", {"light": "'{}'"}),
    ("ck_track_light_codes", "track", {"light": "'{3}'"}),
    ("ck_track_light_codes", "track", {"light": "'{NULL}'"}),
    ("ck_track_metres", "track", {"metres": "'Infinity'"}),
    ("ck_track_metres", "track", {"minutes": "'NaN'"}),
    ("ck_track_metres", "track", {"metres": "-1"}),
    (
        "ck_track_finite",
        "track",
        {"geom_bng": "ST_GeomFromText('MULTILINESTRINGM((0 0 0, NaN 1 1))', 27700)"},
    ),
    (
        "ck_track_finite",
        "track",
        {
            "geom_bng": "ST_Multi(ST_SetSRID("
            "ST_MakeLine(ST_MakePointM(0, 0, 0), ST_MakePointM(9, 9, 'NaN')), 27700))"
        },
    ),
    ("ck_factor_factor_group", "factor", {"factor_group": "'other'"}),
    ("ck_factor_code", "factor", {"code": "'Music!'"}),
    ("ck_concern_kind", "concern", {"kind": "'negative'"}),
    (
        "ck_concern_geometry_kind",
        "concern",
        {"geom": SQUARE_WGS, "geom_bng": SQUARE},
    ),
    (
        "ck_concern_geometry_kind",
        "concern",
        {"geom_bng": f"ST_MakeLine({LAMP_BNG}, ST_Translate({LAMP_BNG}, 9, 0))"},
    ),
    (
        "ck_concern_geometry_kind",
        "concern",
        {"geom": f"ST_Multi({LAMP})", "geom_bng": f"ST_Multi({LAMP_BNG})"},
    ),
    (
        "ck_concern_geometry_valid",
        "concern",
        {
            "geom": f"ST_SetSRID(ST_MakeLine({LAMP}, {LAMP}), 4326)",
            "geom_bng": f"ST_SetSRID(ST_MakeLine({LAMP_BNG}, {LAMP_BNG}), 27700)",
        },
    ),
    (
        "ck_concern_geometry_filled",
        "concern",
        {"geom": "ST_GeomFromText('POINT EMPTY', 4326)", "geom_bng": "ST_GeomFromText('POINT EMPTY', 27700)"},
    ),
    ("ck_concern_geometry_valid", "concern", {"geom": NOWHERE}),
    ("ck_concern_geometry_in_grid", "concern", {"geom_bng": NOWHERE_BNG}),
    ("ck_concern_geometry_in_grid", "concern", {"geom_bng": "ST_SetSRID(ST_MakePoint(700001, 5), 27700)"}),
    ("ck_concern_geometry_in_grid", "concern", {"geom_bng": "ST_SetSRID(ST_MakePoint(5, -1), 27700)"}),
    ("ck_concern_feeling", "concern", {"feeling": "'angry'"}),
    ("ck_concern_applies", "concern", {"applies": "'{night}'"}),
    ("ck_concern_applies", "concern", {"applies": "'{NULL}'"}),
    ("ck_concern_applies", "concern", {"applies": "'{dark,dark,dark,day}'"}),
    ("ck_concern_basis", "concern", {"basis": "'rumour'"}),
    ("ck_concern_setting", "concern", {"setting": "'pub'"}),
    ("ck_concern_light", "concern", {"light": "'night'"}),
    ("ck_concern_accuracy_m", "concern", {"accuracy_m": "-1"}),
    ("ck_concern_accuracy_m", "concern", {"accuracy_m": "'NaN'"}),
    ("ck_concern_position_method", "concern", {"position_method": "'guess'"}),
    ("ck_concern_status", "concern", {"status": "'lost'"}),
    ("ck_concern_wording", "concern", {"wording": "repeat('x', 4001)"}),
    ("ck_concern_recorded_at", "concern", {"recorded_at": "'2014-12-31T23:00Z'"}),
    ("ck_concern_recorded_at", "concern", {"recorded_at": "'infinity'"}),
    ("fk_concern_walk_id_walk", "concern", {"walk_id": f"'{TWO}'"}),
    ("fk_concern_factor_factor_code_factor", "concern_factor", {"factor_code": "'fog'"}),
    ("pk_concern_factor", "concern_factor", {"factor_code": "'lighting'"}),
    ("ck_photo_size", "photo", {"width": "0"}),
    ("ck_status_event_status", "status_event", {"status": "'lost'"}),
    ("ck_status_event_reason", "status_event", {"status": "'no_action'"}),
    ("ck_status_event_reason", "status_event", {"status": "'no_action'", "reason": "'  '"}),
    ("ck_concern_area_share", "concern_area", {"share": "0"}),
    ("ck_concern_area_share", "concern_area", {"share": "1.5"}),
    ("ck_concern_area_share", "concern_area", {"share": "'NaN'"}),
    ("ck_exposure_light", "exposure", {"light": "3"}),
    ("ck_exposure_metres", "exposure", {"metres": "-0.1"}),
    ("ck_exposure_metres", "exposure", {"minutes": "'NaN'"}),
    ("ck_figure_reach_lights", "figure_reach", {"lights": "0"}),
    ("ck_figure_concern_n", "figure_concern", {"n": "'{1,2,3}'"}),
    ("ck_figure_walk_sizes", "figure_walk", {"walks": "array_fill(0, ARRAY[36])"}),
    ("ck_joinable_walk_title", "joinable_walk", {"title": "' '"}),
    ("ck_joinable_walk_ward_code", "joinable_walk", {"ward_code": "'<b>'"}),
    ("ck_joinable_walk_starts_at", "joinable_walk", {"starts_at": "'infinity'", "ends_at": "NULL"}),
    ("ck_joinable_walk_order", "joinable_walk", {"ends_at": "'2026-04-16T17:30Z'"}),
    ("ck_joinable_walk_order", "joinable_walk", {"ends_at": "'2026-04-17T17:30Z'"}),
    ("ck_joinable_walk_length_m", "joinable_walk", {"length_m": "0"}),
    ("ck_joinable_walk_kind", "joinable_walk", {"kind": "'crowd'", "places": "1"}),
    ("ck_joinable_walk_places", "joinable_walk", {"places": "51"}),
    ("ck_joinable_walk_places", "joinable_walk", {"kind": "'one_to_one'", "places": "2"}),
    ("ck_joinable_walk_places_taken", "joinable_walk", {"places_taken": "5"}),
    ("ck_joinable_walk_places_taken", "joinable_walk", {"places_confirmed": "1"}),
    ("ck_joinable_walk_state", "joinable_walk", {"state": "'lost'"}),
    ("ck_joinable_walk_cancelled", "joinable_walk", {"state": "'cancelled'", "places_taken": "1"}),
    ("ck_joinable_walk_meeting_point", "joinable_walk", {"meeting_point": NOWHERE}),
    (
        "ck_joinable_walk_meeting_point",
        "joinable_walk",
        {"meeting_point": "ST_GeomFromText('POINT EMPTY', 4326)"},
    ),
    ("ck_joinable_walk_texts", "joinable_walk", {"meeting_words": "repeat('x', 301)"}),
    ("ck_joinable_walk_complete", "joinable_walk", _TAKEN | {"ends_at": "NULL"}),
    ("ck_joinable_walk_complete", "joinable_walk", _TAKEN | {"meeting_point": "NULL"}),
    ("ck_joinable_walk_complete", "joinable_walk", _TAKEN | {"meeting_words": "' '"}),
    ("ck_joinable_walk_complete", "joinable_walk", _TAKEN | {"meeting_words": "NULL"}),
    ("ck_joinable_walk_complete", "joinable_walk", _TAKEN | {"officer_first_name": "''"}),
    ("ck_request_step", "participant.request", {"state": "'confirmed'"}),
    ("ck_request_reference", "participant.request", {"reference": "'R-OIL00000'"}),
    ("ck_request_kind", "participant.request", {"kind": "'crowd'"}),
    ("ck_request_walk", "participant.request", {"walk_id": f"'{ONE}'"}),
    ("ck_request_asked_for", "participant.request", {"ward_code": "NULL"}),
    ("ck_request_waiting", "participant.request", {"waiting_since": "now()"}),
    ("ck_request_no_show", "participant.request", {"no_show": "true"}),
    ("ck_request_adult", "participant.request", {"adult": "false"}),
    ("ck_request_contact", "participant.request", {"email": "NULL"}),
    ("ck_request_preferred", "participant.request", {"preferred": "'{midnight}'"}),
    ("ck_request_token", "participant.request", {"token_hash": r"'\x02'"}),
    (
        "ck_request_sizes",
        "participant.request",
        {"ease": "convert_to(repeat('x', 16001), 'UTF8')"},
    ),
    ("ck_request_event_by", "participant.request_event", {"by": "'somebody'"}),
    ("ck_message_kind", "participant.message", {"kind": "'advert'"}),
    ("ck_message_way", "participant.message", {"way": "'pigeon'"}),
    ("ck_message_state", "participant.message", {"state": "'lost'"}),
    ("ck_message_failure", "participant.message", {"failure": "'no such user ana@post.example'"}),
    ("ck_feedback_answers", "participant.feedback", {"felt_safer": "6"}),
    ("ck_feedback_month", "participant.feedback", {"month": "'2026-04-16'"}),
    ("ck_erasure_cause", "participant.erasure", {"cause": "'whim'"}),
    ("ck_concern_owner_owner", "concern_owner", {"owner": "'  '"}),
    ("ck_concern_owner_owner", "concern_owner", {"owner": "repeat('x', 121)"}),
    ("ck_public_answer_status", "public_answer", {"status": "'shared'"}),
    ("ck_public_answer_happened_on", "public_answer", {"happened_on": "'infinity'"}),
    ("ck_public_answer_happened_on", "public_answer", {"happened_on": "'2014-12-31'"}),
    ("ck_public_answer_you_said", "public_answer", {"you_said": "' '"}),
    ("ck_public_answer_you_said", "public_answer", {"you_said": "repeat('x', 201)"}),
    ("ck_public_answer_answer", "public_answer", {"answer": "' '"}),
    ("ck_public_answer_answer", "public_answer", {"answer": "repeat('x', 401)"}),
    ("ck_public_answer_reviewed", "public_answer", {"reviewed_at": "now()"}),
    ("ck_public_answer_withdrawn", "public_answer", {"withdrawn_at": "now()"}),
    ("ck_postcode_district_code", "postcode_district", {"code": "'SW8 2DY'"}),
    ("ck_concern_owner", "concern", {"owner": "' '"}),
    ("ck_concern_owner_reference", "concern", {"owner_reference": "' '"}),
    ("ck_concern_owner_reference", "concern", {"owner_reference": "repeat('x', 81)"}),
    ("ck_concern_owner_reference", "concern", {"owner_reference": r"E'two\nlines'"}),
    ("ck_status_event_actor", "status_event", {"actor": "''"}),
    ("ck_feed_presence_collection", "feed_presence", {"collection": "'wards'"}),
    ("ck_feed_change_moves", "feed_change", {"to_borough": "NULL"}),
    ("fk_crime_mark_concern_id_concern", "crime_mark", {"concern_id": f"'{TWO}'"}),
    ("ck_safety_audit_rubric", "safety_audit", {"rubric": "'Stop 1'"}),
    ("ck_safety_audit_geometry", "safety_audit", {"geom": "ST_GeomFromText('POINT EMPTY', 4326)"}),
    ("ck_safety_audit_geometry", "safety_audit", {"geom_bng": "ST_SetSRID(ST_MakePoint(-1, 9), 27700)"}),
    ("ck_safety_audit_light", "safety_audit", {"light": "'dim'"}),
    ("ck_safety_audit_recorded_at", "safety_audit", {"recorded_at": "'2014-12-31T23:00Z'"}),
    ("ck_safety_audit_score_parameter", "safety_audit_score", {"parameter": "'Light!'"}),
    ("ck_safety_audit_score_score", "safety_audit_score", {"score": "4"}),
    ("ck_safety_audit_score_score", "safety_audit_score", {"score": "-1"}),
    ("ck_export_title", "export", {"title": "''"}),
    ("ck_export_query", "export", {"query": "repeat('x', 4001)"}),
    ("ck_export_codes", "export", {"codes": "'{}'"}),
    ("ck_export_status", "export", {"status": "'lost'"}),
    ("ck_feed_feature_collection", "feed_feature", {"collection": "'wards'"}),
    ("ck_feed_feature_status", "feed_feature", {"status": "'raised'"}),
    ("ck_ground_layer", "ground", {"layer": "'moon'"}),
    ("ck_ground_geometry_valid", "ground", {"geom": "ST_GeomFromText('POINT EMPTY', 4326)"}),
]
# The trigger numbers entries of the audit log from 1, whatever is sent; a request begins as asked, and takes
# no step to a state that the table of steps does not know.
UNREACHABLE = {"ck_audit_id", "ck_request_state"}
# Said by triggers in the manner of a constraint.
SAID = {"ck_joinable_walk_over", "ck_request_step", "ck_request_walk_over"}


def insertion(table: str, changes: dict[str, str]) -> str:
    """The statement that writes the table's good row with some values changed."""
    row = ROWS[table] | changes
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"  # noqa: S608 (constants of this file)


@pytest.fixture(scope="module")
def owner(server: Server, database: str) -> Iterator[Row]:
    """A connection that may do everything the owner may, with one row of most tables there."""
    url = make_url(server.url(database)).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("SET ROLE owner")
        for statement in (
            "INSERT INTO borough VALUES ('E09000028', 'Southwark')",
            insertion("edition", {"name": "'first'"}),
            insertion("area", {"code": "'E05000001'"}),
            insertion("team", {"name": "'Peckham'"}),
            insertion("person", {"id": f"'{ONE}'", "email": "'ana@force.example'"}),
            insertion("walk", {"id": f"'{ONE}'"}),
            # Off the wards, so that the derived tables are empty and their own constraints can be tried.
            insertion("concern", {"id": f"'{ONE}'", "geom_bng": "ST_SetSRID(ST_MakePoint(9, 9), 27700)"}),
            insertion("concern_factor", {"factor_code": "'lighting'"}),
            insertion("api_token", {"id": f"'{ONE}'", "token_hash": r"'\x01'"}),
            insertion("feed_key", {"id": f"'{ONE}'", "key_hash": r"'\x01'"}),
            insertion("safety_audit", {"id": f"'{ONE}'"}),
            insertion("joinable_walk", {"id": f"'{ONE}'"}),
            insertion(
                "participant.request",
                {"id": f"'{ONE}'", "reference": "'R-00000001'", "token_hash": "sha256('one')"},
            ),
        ):
            connection.execute(statement)
        yield connection


@pytest.mark.parametrize("table", sorted(ROWS))
def test_a_row_as_it_should_be_is_kept(owner: Row, table: str) -> None:
    with owner.transaction(force_rollback=True):
        assert owner.execute(insertion(table, {})).rowcount == 1


@pytest.mark.parametrize(("constraint", "table", "changes"), CASES, ids=lambda value: str(value)[:60])
def test_a_row_as_it_must_not_be_is_refused(
    owner: Row, constraint: str, table: str, changes: dict[str, str]
) -> None:
    with pytest.raises(psycopg.IntegrityError) as raised, owner.transaction(force_rollback=True):
        owner.execute(insertion(table, changes))
    assert raised.value.diag.constraint_name == constraint


WRONG_TYPE = {
    "a point where a ward belongs": ("area", {"geom_bng": LAMP_BNG}),
    "a height": ("concern", {"geom": "ST_SetSRID(ST_MakePoint(-0.12, 51.46, 3), 4326)"}),
    "another coordinate system": ("concern", {"geom": LAMP_BNG}),
    "a track without times": (
        "track",
        {"geom_bng": "ST_GeomFromText('MULTILINESTRING((0 0, 1 1))', 27700)"},
    ),
}


@pytest.mark.parametrize("case", sorted(WRONG_TYPE))
def test_the_type_of_a_column_refuses(owner: Row, case: str) -> None:
    table, changes = WRONG_TYPE[case]
    with pytest.raises(psycopg.DataError), owner.transaction(force_rollback=True):
        owner.execute(insertion(table, changes))


def test_every_check_of_the_schema_is_tried(owner: Row) -> None:
    asked = """SELECT conname FROM pg_constraint
        WHERE contype = 'c' AND conrelid <> 0
          AND connamespace IN ('lamplight'::regnamespace, 'participant'::regnamespace)
          AND conrelid::regclass::text NOT LIKE 'procrastinate%'"""
    checks = {name for (name,) in owner.execute(asked).fetchall()}
    assert checks - UNREACHABLE == {name for name, _, _ in CASES if name.startswith("ck_")} - SAID


def test_every_constraint_that_is_translated_exists(owner: Row) -> None:
    asked = """SELECT conname FROM pg_constraint WHERE connamespace = 'lamplight'::regnamespace
        UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique"""
    known = {name for (name,) in owner.execute(asked).fetchall()}
    assert set(CONSTRAINTS) - known == SAID


def test_every_constraint_bears_a_name_of_the_one_convention(owner: Row) -> None:
    asked = """SELECT contype::text, conname, conrelid::regclass::text FROM pg_constraint
        WHERE connamespace = 'lamplight'::regnamespace AND contype IN ('c', 'f', 'p', 'u')
          AND conrelid::regclass::text !~ '^(procrastinate|alembic)' AND conrelid <> 0"""
    begin = {"c": "ck", "f": "fk", "p": "pk", "u": "uq"}
    for kind, name, table in owner.execute(asked).fetchall():
        assert re.match(rf"{begin[kind]}_{table}(_|$)", name), name


@pytest.mark.usefixtures("opened", "owner")
def test_a_refusal_of_the_database_names_the_field() -> None:
    statement = text(insertion("walk", {"ended_at": "'2026-02-10T18:00Z'"}).replace(":", r"\:"))
    with pytest.raises(Refused) as raised, db.writing() as session:
        session.execute(statement)
    assert [each.field for each in raised.value.errors] == ["ended_at"]


@pytest.mark.usefixtures("opened", "owner")
def test_our_own_mistake_stays_unexpected() -> None:
    with pytest.raises(IntegrityError), db.writing() as session:
        session.execute(text("INSERT INTO walk (id, team_id) VALUES (gen_random_uuid(), 999)"))
