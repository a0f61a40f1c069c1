"""Named models, choices among them, and intents, as repondeur.toml gives them."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from repondeur.engines.choose import models
from repondeur.engines.providers import PROVIDERS as KNOWN
from repondeur.errors import SettingsError
from repondeur.policy.intents import INTENTS
from repondeur.settings import describe, providers
from repondeur.settings.load import Loaded, load
from repondeur.settings.named import default_models, intents_in_use, model_named, models_in_use
from repondeur.settings.schema import Settings
from repondeur.settings.tables import DEFAULT_INTENTS
from repondeur.texts import LANGUAGES, Reason, hint, render
from repondeur.texts.templating import placeholders

DOCS = Path(__file__).parents[3] / "docs"
ONE_MAILBOX = {"IMAP_SERVER": "imap.example.org", "IMAP_USER": "support@example.org", "IMAP_PASS": "s3cret"}
TABLES = """
model = "large"
model_fallback = ["small", "builtin"]
model_daily_spend = 2.5
[models.small]
provider = "ollama"
model = "qwen3:8b"
temperature = 0
[models.large]
provider = "mistral"
model = "mistral-large-latest"
api_key = "canary-large"
price_input = 0.5
price_output = 1.5
max_new_tokens = 800
timeout = 20
[[model_choice]]
use = ["small"]
language = ["fr"]
shorter_than = 2000
[[model_choice]]
use = "large, builtin"
attachments = true
intent = ["warranty", "order"]
mailbox = ["support@example.org"]
sensitive = false
[[intent]]
id = "warranty"
description = "Asks for a repair under warranty."
examples = ["My lamp broke after a month."]
"""


def loaded(cwd: Path, text: str, **environ: str) -> Loaded:
    (cwd / "repondeur.toml").write_text(text, "utf-8")
    return load({**ONE_MAILBOX, **environ}, cwd)


def refused(cwd: Path, text: str, **environ: str) -> tuple[Reason, ...]:
    with pytest.raises(SettingsError) as caught:
        loaded(cwd, text, **environ)
    return caught.value.problems


def test_the_names_are_those_that_engines_know() -> None:
    assert set(providers.PROVIDERS) == set(KNOWN)
    assert {name for name, one in KNOWN.items() if not one.base_url} == providers.ANYWHERE
    own = {name: one.key_variable for name, one in KNOWN.items() if one.key_variable and name != "compatible"}
    assert {name: key.upper() for name, key in providers.KEYS.items()} == own


def test_the_intents_are_those_that_policy_knows() -> None:
    assert DEFAULT_INTENTS == INTENTS


def test_tables_of_models_choices_and_intents(tmp_path: Path) -> None:
    settings = loaded(tmp_path, TABLES).settings
    assert default_models(settings) == ("large", "small", "builtin")
    assert models_in_use(settings) == ("large", "small", "builtin")
    large, small = model_named(settings, "large"), model_named(settings, "small")
    assert large is not None
    assert small is not None
    assert (large.max_new_tokens, large.timeout, large.temperature) == (800, 20, 0.7)
    assert (small.max_new_tokens, small.timeout, small.temperature) == (500, 60, 0)
    assert (large.price_input, large.price_output) == (Decimal("0.5"), Decimal("1.5"))
    assert settings.model_daily_spend == Decimal("2.5")
    assert settings.model_choice[1].use == ("large", "builtin")
    assert intents_in_use(settings)[-2:] == ("warranty", "other")


def test_secrets_of_models_are_masked_and_sources_shown(tmp_path: Path) -> None:
    found = loaded(tmp_path, TABLES)
    shown = [*describe.rows(found), describe.as_json(found), found, found.settings.model_dump_json()]
    assert "canary" not in str(shown)
    assert found.settings.secrets() >= {"canary-large"}
    rows = {row.name: (row.value, row.source) for row in describe.rows(found)}
    assert rows["models.large.api_key"] == (describe.MASK, "repondeur.toml [models.large]")
    assert rows["models.small.provider"] == ("ollama", "repondeur.toml [models.small]")
    assert rows["model_choice.0.use"] == ("small", "repondeur.toml [[model_choice]] 1")
    assert describe.as_json(found)["settings"]["models"]["large"]["model"] == "mistral-large-latest"


@pytest.mark.parametrize(
    ("text", "environ", "key", "source"),
    [
        ("", {"MISTRAL_API_KEY": "a"}, "a", "default"),
        ('api_key_env = "OUR_KEY"', {"OUR_KEY": "b", "MISTRAL_API_KEY": "a"}, "b", "environment: OUR_KEY"),
        ('api_key_file = "key"', {"MISTRAL_API_KEY": "a"}, "c", "repondeur.toml [models.x]: api_key_file=key"),
        ('api_key = "d"\napi_key_env = "OUR_KEY"', {}, "d", "repondeur.toml [models.x]"),
    ],
)
def test_where_a_key_comes_from(tmp_path: Path, text: str, environ: dict[str, str], key: str, source: str) -> None:
    (tmp_path / "key").write_text("c\n")
    table = f'[models.x]\nprovider = "mistral"\nmodel = "m"\n{text}'
    found = loaded(tmp_path, table, **environ)
    model = model_named(found.settings, "x")
    assert model is not None
    assert model.api_key is not None
    assert (model.api_key.get_secret_value(), found.sources["models.x.api_key"]) == (key, source)


def test_a_variable_may_name_a_file_or_stand_in_dotenv(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n")
    (tmp_path / ".env").write_text("THEIR_KEY=from-dotenv\n")
    table = '[models.{0}]\nprovider = "mistral"\nmodel = "m"\napi_key_env = "{1}"\n'
    text = table.format("one", "OUR_KEY") + table.format("two", "THEIR_KEY")
    settings = loaded(tmp_path, text, OUR_KEY_FILE="key").settings
    assert settings.secrets() >= {"from-file", "from-dotenv"}


def test_openais_key_goes_to_no_other_server(tmp_path: Path) -> None:
    text = """
    [models.elsewhere]
    provider = "compatible"
    model = "m"
    base_url = "https://other.example/v1"
    [models.here]
    provider = "compatible"
    model = "m"
    """
    settings = loaded(
        tmp_path, text, OPENAI_API_KEY="canary", OPENAI_BASE_URL="https://mine.example/v1", MISTRAL_API_KEY="m"
    ).settings
    elsewhere, here = model_named(settings, "elsewhere"), model_named(settings, "here")
    assert elsewhere is not None
    assert here is not None
    assert elsewhere.api_key is None
    assert (here.base_url, here.api_key is not None) == ("https://mine.example/v1", True)
    mistral = model_named(settings, "mistral:small")
    assert mistral is not None
    assert mistral.base_url == ""


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ('[models.x]\nprovider = "openai"\nmodel = "m"\ntemprature = 1', "unknown_near", {"nearest": "temperature"}),
        ("[models]\nx = 1", "not_named_tables", {"table": "models"}),
        ('[model_choice]\nuse = ["builtin"]', "not_tables", {"table": "model_choice"}),
        ('[[modelchoice]]\nuse = ["builtin"]', "unknown_near", {"nearest": "model_choice"}),
        ('[models.auto]\nprovider = "openai"\nmodel = "m"', "not_a_name", {"value": "auto"}),
        ('[models."a b"]\nprovider = "openai"\nmodel = "m"', "not_a_name", {"value": "a b"}),
        ('[models.x]\nprovider = "openai"', "missing_in_table", {"name": "repondeur.toml [models.x]: model"}),
        ("[[model_choice]]\nlanguage = 'fr'", "missing_in_table", {"name": "repondeur.toml [[model_choice]] 1: use"}),
        ("[[model_choice]]", "missing_in_table", {"name": "repondeur.toml [[model_choice]] 1: use"}),
        ('[models.x]\nprovider = "mistrall"\nmodel = "m"', "not_one_of_near", {"nearest": "mistral"}),
        ('[models.x]\nprovider = "openai"\nmodel = "m"\nprice_input = 1', "one_price", {}),
        ('[models.x]\nprovider = "openai"\nmodel = "m"\nprice_input = -1\nprice_output = 1', "out_of_range", {}),
        ('[models.x]\nprovider = "openai"\nmodel = "m"\nprice_input = 1e30\nprice_output = 1', "out_of_range", {}),
        ('[models.x]\nprovider = "openai"\nmodel = "m"\nprice_input = "cheap"', "not_a_number", {}),
        ('[models.x]\nprovider = "openai"\nmodel = "m"\nlocal = "maybe"', "not_a_boolean", {}),
        ('[models.x]\nprovider = "openai"\nmodel = "m"\nbase_url = "u:canary@h"', "not_a_url", {"value": "u:…"}),
        ('[models.x]\nprovider = "openai"\nmodel = "m"\napi_key_env = "NO_SUCH_KEY"', "no_such_variable", {}),
        ('[models.x]\nprovider = "openai"\nmodel = "m"\napi_key_env = "sk-canary"', "not_a_variable", {}),
        ('model = "x"\n[models.x]\nprovider = "azure"\nmodel = "m"', "no_base_url", {"provider": "azure"}),
        ('[[model_choice]]\nuse = ["smal"]\n[models.small]\nprovider = "ollama"\nmodel = "m"', "no_such_model_near",
         {"name": "repondeur.toml [[model_choice]] 1: use", "nearest": "small"}),
        ('[[model_choice]]\nuse = ["mistrl:small"]', "no_such_model_near", {"nearest": "mistral:small"}),
        ('model = "gpt-4o"', "no_such_model", {"name": "repondeur.toml: model", "value": "gpt-4o"}),
        ('model_fallback = ["builtn"]', "no_such_model_near", {"nearest": "builtin"}),
        ('model = "openai"', "no_such_model_near", {"nearest": "openai:…"}),
        ('model = "openai:"', "not_a_model_near", {"nearest": "openai:…"}),
        ('model_fallback = ["olama:"]', "no_such_model_near", {"nearest": "ollama:…"}),
        ('[[model_choice]]\nuse = ["builtin"]\n[[model_choice]]\nuse = ["builtin"]\nlanguage = "fr"', "hides_the_rest",
         {"name": "repondeur.toml [[model_choice]] 1"}),
        ('[[model_choice]]\nuse = ["builtin", "builtin"]', "twice", {}),
        ('[[model_choice]]\nuse = ["builtin"]\nintent = ["ordr"]', "no_such_intent_near", {"nearest": "order"}),
        ('[[model_choice]]\nuse = ["builtin"]\nlanguage = ["french"]', "not_a_language", {"value": "french"}),
        ('[[model_choice]]\nuse = ["builtin"]\nlonger_than = "long"', "not_a_number", {}),
        ('[[model_choice]]\nuse = ["builtin"]\nlonger_than = 9\nshorter_than = 10', "never_fits", {"value": 10}),
        ('[[model_choice]]\nuse = ["builtin"]\nmailbox = ["suport@example.org"]', "no_such_mailbox_near", {}),
        ('intents = ["question", "ordre"]', "no_such_intent_near", {"nearest": "order"}),
        ('[[intent]]\nid = "Order"', "not_an_intent_id", {"value": "Order"}),
        ('[[template]]\nid = "Doc Received"\nen = "x"', "not_a_template_id", {"value": "Doc Received"}),
        ('[[intent]]\nid = "vip"\ndesc = "Important"', "unknown_near", {"nearest": "description"}),
        ('[[intent]]\nid = "vip"\n[[intent]]\nid = "vip"', "same_intent", {"value": "vip"}),
        ('[[template]]\nid = "a"\nen = "x"\n[[template]]\nid = "a"\nen = "y"', "same_template", {"value": "a"}),
        ('[[template]]\nid = "a"', "empty_template", {"name": "repondeur.toml [[template]] 1"}),
        ('[[template]]\nid = "a"\nen = "{{ author_name"', "not_a_template", {}),
        ('[[template]]\nid = "answer"\nen = "{{ passages }}"\nfr = "Bonjour"', "no_passages",
         {"name": "repondeur.toml [[template]] 1: fr"}),
        ('[[template]]\nid = "a"\nen = "{{ password }}"', "no_such_placeholder", {"placeholder": "password"}),
        ('[[template]]\nid = "a"\nen = "x"\nintents = ["ordre"]', "no_such_intent_near", {"nearest": "order"}),
        ("model_daily_spend = -1", "out_of_range", {}),
        ("model_daily_spend = 1e30", "out_of_range", {}),
        ('model_daily_spend = "a lot"', "not_a_number_or_none", {}),
        ('sensitive_mail = "locl"', "not_one_of_near", {"nearest": "local"}),
        ('timezone = "Europe/Pari"', "not_a_zone", {"name": "repondeur.toml: timezone"}),
        ('timezone = "../etc/passwd"', "not_a_zone", {}),
    ],
)  # fmt: skip
def test_what_tables_may_not_say(tmp_path: Path, text: str, code: str, params: dict[str, object]) -> None:
    (problem,) = refused(tmp_path, text)
    assert problem.code == f"settings.{code}"
    assert params.items() <= problem.params.items()
    for language in LANGUAGES:
        said = render(problem, language) + hint(problem, language)
        assert str(problem.params["name"]) in said.replace("\u00a0:", ":")
        assert "canary" not in said


def test_the_environment_says_the_plain_ones(tmp_path: Path) -> None:
    environ = {"MODEL": "openai:gpt-4o", "MODEL_FALLBACK": "mistral:small, builtin", "MODEL_DAILY_SPEND": "none"}
    settings = load({**ONE_MAILBOX, **environ, "TIMEZONE": "Europe/Paris", "HOURS": "9-17"}, tmp_path).settings
    assert default_models(settings) == ("openai:gpt-4o", "mistral:small", "builtin")
    assert settings.model_daily_spend is None
    assert (settings.mailboxes[0].timezone, settings.mailboxes[0].hours) == ("Europe/Paris", "9-17")


def test_intents_in_use_can_be_fewer(tmp_path: Path) -> None:
    text = 'intents = ["other", "vip", "order"]\n[[intent]]\nid = "vip"'
    assert intents_in_use(loaded(tmp_path, text).settings) == ("vip", "order", "other")


def test_auto_takes_what_there_is() -> None:
    assert default_models(Settings()) == ("builtin",)
    assert default_models(Settings(openai_base_url="http://127.0.0.1/v1")) == ("openai:gpt-4o-mini",)


@pytest.mark.parametrize("page", ["how-to/models.md", "fr/how-to/models.md"])
def test_what_the_page_about_models_shows_can_be_written_so(tmp_path: Path, page: str) -> None:
    (tmp_path / "mistral.key").write_text("k")
    text = (DOCS / page).read_text("utf-8")
    tables, *blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        whole = f"{block}\n{tables}" if "[" not in block.split("\n", 1)[0] else f"{tables}\n{block}"
        settings = loaded(tmp_path, tables if "price_input" in block else whole.replace("mailbox = ", "# ")).settings
        assert len(models(settings)) == 3
    keys = dict.fromkeys(("openai", "azure_openai", "mistral", "anthropic", "gemini"), "k")
    rows = re.findall(r"`MODEL=(\S+)`", text)
    assert {row.partition(":")[0] for row in rows} == set(KNOWN)
    for row in rows:
        given = Settings(
            model=row, openai_base_url="http://gpu.local/v1", **{f"{name}_api_key": key for name, key in keys.items()}
        )
        assert list(models(given)) == [row]


@pytest.mark.parametrize("page", ["how-to/replies.md", "fr/how-to/replies.md"])
def test_the_templates_that_the_page_about_replies_shows_can_be_written_so(tmp_path: Path, page: str) -> None:
    [block] = re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    settings = loaded(tmp_path, block).settings
    assert [sorted(placeholders(one.en or one.fr)) for one in settings.template] == [
        ["author_name", "passages"],
        ["author_name", "order_number"] if page.startswith("how") else ["order_number"],
    ]
