"""KNOWLEDGE_PUBLIC and KNOWLEDGE_INTERNAL: several paths, from where they were written."""

from pathlib import Path

import pytest

from repondeur.settings.describe import rows
from repondeur.settings.load import load


def test_paths_of_the_environment_start_from_where_one_is(tmp_path: Path) -> None:
    loaded = load({"KNOWLEDGE_PUBLIC": "kb, /srv/faq.csv ,~/kb"}, tmp_path)
    home = Path("~/kb").expanduser()
    assert loaded.settings.knowledge_public == (tmp_path / "kb", Path("/srv/faq.csv"), home)
    assert loaded.settings.knowledge_internal == ()
    shown = next(row for row in rows(loaded) if row.name == "KNOWLEDGE_PUBLIC")
    assert (shown.value, shown.source) == (f"{tmp_path}/kb, /srv/faq.csv, {home}", "environment")


@pytest.mark.parametrize("value", ['["kb", "a, b"]', '"kb"'])
def test_paths_of_the_file_start_from_its_folder(tmp_path: Path, value: str) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "r.toml").write_text(f"knowledge_internal = {value}\n", "utf-8")
    found = load({"REPONDEUR_CONFIG": "conf/r.toml"}, tmp_path).settings.knowledge_internal
    assert found[0] == tmp_path / "conf" / "kb"
    assert [path.name for path in found[1:]] == (["a, b"] if "[" in value else [])
