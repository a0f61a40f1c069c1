"""From settings to an engine."""

import pytest

from repondeur.engines.choose import choose
from repondeur.errors import SettingsError
from repondeur.settings.schema import Settings


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "builtin"),
        ({"openai_api_key": "  "}, "builtin"),
        ({"openai_api_key": "k"}, "openai:gpt-4o-mini"),
        ({"openai_base_url": "http://127.0.0.1:8080/v1", "openai_model": "qwen3"}, "openai:qwen3"),
        ({"openai_api_key": " k ", "model": "openai:o3-mini"}, "openai:o3-mini"),
        ({"openai_api_key": "k", "model": "openai:org/model:tag"}, "openai:org/model:tag"),
        ({"openai_api_key": "k", "model": "builtin"}, "builtin"),
    ],
)
def test_the_engine_that_is_meant(settings, name):
    assert choose(Settings(**settings)).name == name


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"model": "openai:gpt-4o"}, "engine.key_missing"),
        ({"model": "local:qwen3"}, "model.missing"),
        ({"openai_api_key": "clé"}, "engine.key_impossible"),
        ({"openai_api_key": "a\tb"}, "engine.key_impossible"),
    ],
)
def test_settings_that_no_engine_can_work_by(settings, code):
    with pytest.raises(SettingsError) as caught:
        choose(Settings(**settings))
    assert caught.value.reason.code == code
    assert caught.value.hint("fr")
    assert "clé" not in str(caught.value)
