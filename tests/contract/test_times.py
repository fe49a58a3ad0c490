"""Times sort as text, and there is one text for each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from hubbub.contract import models
from hubbub.contract.models import Answer
from hubbub.contract.times import Time, timestamp

MOMENT = datetime(2026, 11, 21, 12, 0, 0, 7_999, tzinfo=UTC)


def test_timestamps_have_milliseconds_and_sort() -> None:
    assert timestamp(MOMENT) == "2026-11-21T12:00:00.007Z"
    assert timestamp(MOMENT) < timestamp(MOMENT + timedelta(milliseconds=1)) < timestamp(MOMENT + timedelta(hours=1))


def test_models_write_them_as_the_log_does() -> None:
    time: TypeAdapter[datetime] = TypeAdapter(Time)
    written = time.dump_json(MOMENT)
    assert written == b'"2026-11-21T12:00:00.007Z"'
    assert time.dump_json(time.validate_json(written)) == written


def test_no_model_has_a_time_of_another_kind() -> None:
    """What pydantic makes of a plain `datetime` has six digits behind the point, or none."""
    answers = [each for each in vars(models).values() if isinstance(each, type) and issubclass(each, Answer)]
    assert len(answers) > 10
    for answer in answers:
        for name, field in answer.model_fields.items():
            if "datetime" in str(field.annotation):
                described = answer.model_json_schema(mode="serialization")["properties"][name]
                assert "date-time" in str(described)
                assert "PlainSerializer" in f"{field.metadata} {field.annotation}", f"{answer.__name__}.{name}"
