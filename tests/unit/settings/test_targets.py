"""[[notify]] and [[call]] in repondeur.toml: what is taken, and what is refused with a word on what to write."""

import json
from pathlib import Path

import pytest

from repondeur.errors import SettingsError
from repondeur.settings.describe import as_json, json_schema, rows
from repondeur.settings.load import Loaded, load

CALL = """
[[call]]
id = "note"
url = "https://tickets.example/api/orders/{order}/notes"
intents = ["order"]
body = { text = "Mail about {order}", tags = ["mail"] }
[call.parameters.order]
from = "order_number"
pattern = "[0-9]{5,8}"
"""
SLACK = """
[[notify]]
id = "ops"
kind = "Slack"
url = "https://hooks.slack.example/services/T0/B0/canary1"
"""
HOOK = """
[[notify]]
id = "hook"
kind = "webhook"
url = "https://hooks.example/x"
secret = "SECRET"
"""
OPTIONAL = f"{CALL}required = false"


def loaded(tmp_path: Path, toml: str, **environ: str) -> Loaded:
    (tmp_path / "repondeur.toml").write_text(toml)
    return load(environ, tmp_path)


def problems(tmp_path: Path, toml: str, **environ: str) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, toml, **environ)
    return [(one.code, str(one.params["name"])) for one in caught.value.problems]


def test_what_is_given_is_taken_and_no_secret_is_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary3\n")
    headers = f'header_env = {{ X-Key = "SHOP_KEY" }}\nheader_file = {{ X-More = "{tmp_path}/key" }}\n'
    toml = SLACK + CALL.replace('id = "note"\n', f'id = "note"\nheaders = {{ X-Own = "canary0" }}\n{headers}')
    found = loaded(tmp_path, toml, SHOP_KEY="canary2")
    settings = found.settings
    (notify,), (call,) = settings.notify, settings.call
    assert (notify.kind, notify.on, notify.mailbox) == ("slack", ("alarm",), ())
    assert {name: value.get_secret_value() for name, value in call.headers.items()} == {
        "X-Own": "canary0",
        "X-Key": "canary2",
        "X-More": "canary3",
    }
    assert call.parameters["order"].source == "order_number"
    assert {
        "services/T0/B0/canary1",
        "canary0",
        "canary2",
        "canary3",
        "https://hooks.slack.example/services/T0/B0/canary1",
    } <= settings.secrets()
    shown = json.dumps(as_json(found)) + str(list(rows(found))) + str(settings)
    assert "canary" not in shown
    assert "notify.0.url" in shown


def test_files_of_header_fields_lie_beside_repondeur_toml(tmp_path: Path) -> None:
    """Wherever the program was started, and as with every other path of that file."""
    folder, elsewhere = tmp_path / "etc", tmp_path / "elsewhere"
    for one in (folder, elsewhere):
        one.mkdir()
        (one / "key").write_text(f"of {one.name}\n")
    header = 'header_file = { X-Key = "key" }\n'
    (folder / "repondeur.toml").write_text(CALL.replace('id = "note"\n', f'id = "note"\n{header}'))
    (call,) = load({"REPONDEUR_CONFIG": str(folder / "repondeur.toml")}, elsewhere).settings.call
    assert call.headers["X-Key"].get_secret_value() == "of etc"


def test_urls_and_secrets_from_variables_and_files(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://hooks.example/x\n")
    toml = '[[notify]]\nid = "a"\nkind = "webhook"\nurl_file = "url"\nsecret_env = "SIGN"\n'
    (notify,) = loaded(tmp_path, toml, SIGN="s3").settings.notify
    given = [secret.get_secret_value() for secret in (notify.url, notify.secret) if secret is not None]
    assert given == ["https://hooks.example/x", "s3"]
    assert problems(tmp_path, toml) == [("settings.no_such_variable", "repondeur.toml [[notify]] 1: secret_env")]


@pytest.mark.parametrize(
    ("toml", "code", "where"),
    [
        ('[[notify]]\nid="a"\nkind="slack"', "settings.missing_in_table", "url"),
        ('[[notify]]\nid="a"\nkind="mail"', "settings.missing_in_table", "to"),
        ('[[notify]]\nid="a"\nkind="webhook"\nurl="https://x.example"', "settings.missing_in_table", "secret"),
        ('[[notify]]\nid="a"\nkind="slak"\nurl="https://x.example"', "settings.not_one_of_near", "kind"),
        ('[[notify]]\nid="a"\nkind="slack"\nurl="https://u@x.example/y"', "settings.not_a_target", "url"),
        ('[[notify]]\nid="a"\nkind="slack"\nurl="ftp://x.example/y"', "settings.not_a_target", "url"),
        ('[[notify]]\nid="a"\nkind="slack"\nurl="https://x.example"\non=["helt"]', "settings.not_one_of_near", "on"),
        ('[[notify]]\nid="a"\nkind="slack"\nurll="https://x.example"', "settings.unknown_near", "urll"),
        (HOOK.replace("SECRET", "whsec_***"), "settings.not_a_signing_key", "secret"),
        (HOOK.replace("SECRET", "whsec_é!"), "settings.not_a_signing_key", "secret"),
        (f"{CALL}[call.parameters.spare]\nfrom = 'amount'\nrequired = false", "settings.unused_parameter", "spare"),
        (OPTIONAL, "settings.optional_in_path", "parameters.order.required"),
        ('outgoing_allow = "10.20.0.0/99"', "settings.not_a_network", "outgoing_allow"),
        ('outgoing_allow = ["::/0"]', "settings.every_address", "outgoing_allow"),
        (SLACK + SLACK, "settings.same_target", ""),
        (CALL.replace('["order"]', '["ordr"]'), "settings.no_such_intent_near", "intents"),
        (CALL.replace("[0-9]{5,8}", "(?=x)"), "settings.not_a_pattern", "parameters.order.pattern"),
        (CALL.replace("[0-9]{5,8}", "("), "settings.not_a_pattern", "parameters.order.pattern"),
        (CALL.replace("pattern", "patern"), "settings.unknown_near", "parameters.order.patern"),
        (CALL.replace("{order}/notes", "{ordr}/notes"), "settings.no_such_parameter_near", "url"),
        (CALL.replace("about {order}", "about {ordr}"), "settings.no_such_parameter_near", "body"),
        (CALL.replace("tickets.example", "{order}.example"), "settings.not_a_target", "url"),
        (CALL.replace("/notes", "/notes?x={order}"), "settings.not_a_target", "url"),
        (CALL.replace("/notes", "/{no tes"), "settings.not_a_target", "url"),
        (CALL.replace("https://t", "https://u:p@t"), "settings.not_a_target", "url"),
        (CALL.replace('id = "note"', 'id = "note"\nheaders = { Host = "x" }'), "settings.our_field", "headers"),
        (CALL.replace('id = "note"', 'id = "note"\nheaders = { "X Y" = "x" }'), "settings.not_a_field_name", "headers"),
        (CALL.replace('id = "note"', 'id = "note"\nheaders = { X = "a\\nb" }'), "settings.line_break", "headers"),
        (CALL.replace('id = "note"', 'id = "note"\nmethod = "DELETE"'), "settings.not_one_of", "method"),
        (CALL.replace('"order_number"', '"ordernumber"'), "settings.not_one_of_near", "parameters.order.from"),
        (CALL.replace('intents = ["order"]', ""), "settings.missing_in_table", "intents"),
        (CALL.replace('tags = ["mail"]', "at = 2026-01-01"), "settings.wrong_kind", "body"),
    ],
)
def test_what_is_refused(tmp_path: Path, toml: str, code: str, where: str) -> None:
    found = problems(tmp_path, toml)
    assert [one for one, _ in found][:1] == [code], found
    assert found[0][1].endswith(where)


def test_nobody_is_told_at_an_address_of_ours(tmp_path: Path) -> None:
    toml = (
        '[[mailbox]]\nimap_server = "mail.example"\nimap_user = "us@shop.example"\nimap_pass = "x"\n'
        '[[notify]]\nid = "a"\nkind = "mail"\nto = "US@shop.example"\nmailbox = "uss@shop.example"\n'
    )
    assert [code for code, _ in problems(tmp_path, toml)] == [
        "settings.notifies_itself",
        "settings.no_such_mailbox_near",
    ]


def test_the_schema_for_editors_is_whole() -> None:
    schema = json_schema()
    assert set(schema["properties"]["call"]["items"]["properties"]) >= {"id", "url", "parameters", "body"}
    assert "from" in schema["$defs"]["CallParameter"]["properties"]
    assert "url_file" in schema["properties"]["notify"]["items"]["properties"]


def test_what_is_allowed_is_written_in_one_way(tmp_path: Path) -> None:
    toml = 'outgoing_allow = ["10.1.2.3/8", "Intranet.Example.", "::1"]\npublic_url = "https://mail.example/"'
    settings = loaded(tmp_path, toml).settings
    assert settings.outgoing_allow == ("10.0.0.0/8", "intranet.example", "::1/128")
    assert settings.public_url == "https://mail.example"
    assert problems(tmp_path, 'outgoing_allow = "a b"')[0][0] in {"settings.not_a_host", "settings.not_a_host_near"}
