"""Requests made up from the API definition: what is told is true, whatever is asked."""

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from tests.web.feed_world import LAMBETH, World, build

pytestmark = pytest.mark.usefixtures("squares", "world")
# No schema tells which boxes have their south below their north, or which texts are filters of CQL2; and a
# limit over the maximum is taken as the maximum, because OGC API - Features wants it so.
NOT_OF_SCHEMAS = [checks.positive_data_acceptance, checks.negative_data_rejection]


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_the_definition_says(app: Flask, world: World, mode: GenerationMode) -> None:
    definition = schemathesis.openapi.from_wsgi("/feed/api?f=json", app)
    # Without a network nothing unpacks what was packed.
    headers = world.key(LAMBETH) | {"Accept-Encoding": "identity"}
    failed: dict[str, str] = {}
    for found in definition.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @hypothesis_settings(
            max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        def answers(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=headers, excluded_checks=NOT_OF_SCHEMAS)

        try:
            answers()
        except FailureGroup as failure:
            failed[operation.label] = "; ".join(f"{each}"[:600] for each in failure.exceptions)
    assert failed == {}
