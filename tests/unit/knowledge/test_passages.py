"""Files and folders to passages."""

from datetime import date
from pathlib import Path

import pytest

from repondeur.errors import SettingsError
from repondeur.knowledge.ids import Ids, slug
from repondeur.knowledge.passages import passages_of, read_passages
from repondeur.knowledge.reading.files import MIB, Found
from repondeur.knowledge.reading.markdown import plain, read_markdown


def of(text, name="returns", visibility="internal", **more):
    file = Found(Path(f"/kb/{name}.md"), f"{name}.md", 0, 0)
    content = read_markdown(file.source, text.encode())
    return passages_of(file, content, visibility, Ids(file.source, **more))


def code_of(read):
    with pytest.raises(SettingsError) as caught:
        read()
    assert caught.value.hint("fr")
    return caught.value.reason.code


FRONT = """---
id: kb:returns
title: "Returns: how"
language: en
visibility: public
# a remark
---

You have 30 days.
"""


def test_front_matter_says_what_a_text_is():
    (found,) = of(FRONT)
    assert (found.id, found.title, found.text) == ("kb:returns", "Returns: how", "You have 30 days.")
    assert (found.language, found.visibility, found.source) == ("en", "public", "returns.md")


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("---\nid", "\ufeff---\nid")])
def test_line_ends_and_byte_order_marks_do_not_matter(change):
    assert of(FRONT.replace(*change, 1 if "feff" in ascii(change) else -1)) == of(FRONT)


def test_a_text_without_front_matter_is_internal_and_named_after_its_file():
    (found,) = of("Vous avez trente jours pour nous rendre un article.", "délais de retour")
    assert (found.id, found.title, found.language) == ("kb:delais-de-retour", "délais de retour", "fr")
    assert found.visibility == "internal"


def test_the_visibility_given_is_for_files_that_do_not_say_theirs():
    assert of("Text", visibility="public")[0].visibility == "public"
    assert of("---\nvisibility: internal\n---\nText", visibility="public")[0].visibility == "internal"


def test_a_suffix_of_the_name_tells_the_language():
    assert of("OK", "ok.fr")[0].language == "fr"
    assert of("OK", "ok.en")[0].language == "en"


def test_headings_cut_a_file_and_ids_follow_them():
    found = of(
        "Before.\n\n# Délais\nTrente jours.\n\n## Frais ##\n4,90 €\n### Detail\nMore\n# Délais\nAgain", "retours"
    )
    assert [(one.id, one.title, one.text) for one in found] == [
        ("kb:retours", "Délais", "Before."),
        ("kb:retours-delais", "Délais", "Trente jours."),
        ("kb:retours-frais", "Frais", "4,90 €\n\nDetail\n\nMore"),
        ("kb:retours-delais-2", "Délais", "Again"),
    ]


def test_ids_do_not_depend_on_what_stands_around():
    first = of("# One\nText 1\n# Two\nText 2")
    second = of("# Zero\nText 0\n# Two\nText 2 changed\n# One\nText 1")
    assert {one.id for one in first} < {one.id for one in second}


def test_one_heading_is_the_title_and_the_id_stays_short():
    (found,) = of("# Our returns\n\nThirty days.")
    assert (found.id, found.title, found.text) == ("kb:returns", "Our returns", "Thirty days.")


@pytest.mark.parametrize("text", ["", "   \n", "# Only a heading", "<!-- nothing to see -->", "---\nid: kb:x\n---\n"])
def test_an_empty_text_is_no_passage(text):
    assert of(text) == ()


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("a **bold** and *light* `code` word", "a bold and light code word"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("see [the form](https://shop.example/form)", "see the form (https://shop.example/form)"),
        ("<!-- secret --> seen", "<!-- secret --> seen"),
        ("![a lamp](lamp.png)", "a lamp"),
        ("wrapped\nline\n\nnew one", "wrapped line\n\nnew one"),
        ("* one\n* two\n  more", "- one\n- two more"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("#### Small heading\ntext", "Small heading\n\ntext"),
    ],
)
def test_markdown_as_plain_text(markdown, text):
    assert plain(markdown) == text


def test_comments_are_not_knowledge():
    assert of("<!-- internal:\nmargin 41 % -->\nThirty days.")[0].text == "Thirty days."


@pytest.mark.parametrize(
    "front",
    [
        "visibilty: public",
        "visibility: Public!",
        "visibility: secret",
        "visibility:",
        "valid_until: soon",
        "valid_until: 31/12/2026",
        "valid-until: 2026-12-31",
        "language: klingon",
        "no colon here",
        "id kb:x",
    ],
)
def test_a_typing_error_makes_nothing_public_by_accident(front):
    assert code_of(lambda: of(f"---\n{front}\n---\nText")) == "knowledge.front_matter"


def test_a_rule_at_the_start_is_no_front_matter():
    assert of("---\nText without an end")[0].text.endswith("Text without an end")


def test_folders_are_read_in_order_with_what_is_text(tmp_path):
    for name in ("b.md", "a.txt", "deep/c.markdown", ".hidden.md", ".git/d.md", "e.png", "~$lock.docx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Some text for people.")
    (tmp_path / "link.md").symlink_to("/etc/hostname")
    assert [one.id for one in read_passages([tmp_path])] == ["kb:a", "kb:b", "kb:c"]
    assert [one.id for one in read_passages([tmp_path / "b.md", tmp_path / "deep"])] == ["kb:b", "kb:c"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.md", b"caf\xe9", "knowledge.not_text"),
        ("x.md", b"a" * (MIB + 1), "knowledge.file_too_large"),
        ("x.txt", b"PK\x03\x04\x00\x00", "knowledge.not_text"),
        (None, b"", "knowledge.path_missing"),
    ],
)
def test_files_that_cannot_be_taken(tmp_path, name, content, code):
    if name:
        (tmp_path / name).write_bytes(content)
    assert code_of(lambda: read_passages([tmp_path / (name or "missing.md")])) == code


def test_an_id_stands_for_one_text_only(tmp_path):
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("---\nid: kb:same\n---\nText")
    assert code_of(lambda: read_passages([tmp_path])) == "knowledge.id_taken"


def test_files_of_one_name_in_two_folders_both_have_their_ids(tmp_path):
    for folder in ("fr", "en", "en/uk"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "returns.md").write_text("# One\nText one\n# Two\nText two")
    found = read_passages([tmp_path])
    assert len({one.id for one in found}) == 6
    assert found[0].id == "kb:returns-one"
    assert [found[2].id, found[4].id] == ["kb:uk-returns-one", "kb:fr-returns-one"]


def test_an_id_that_a_file_has_had_stays_when_another_one_goes():
    (first,) = of("Text", owners={"kb:returns": "/other/returns.md"}, path="/fr/returns.md", folders=("fr",))
    (again,) = of("Text, edited", owners={first.id: "/fr/returns.md"}, path="/fr/returns.md", folders=("fr",))
    assert (first.id, again.id) == ("kb:fr-returns", "kb:fr-returns")


def test_of_three_files_of_one_name_each_has_as_much_of_its_path_as_it_takes():
    owners = {"kb:returns": "/other/returns.md", "kb:fr-returns": "/be/fr/returns.md"}
    (third,) = of("Text", owners=owners, path="/ch/fr/returns.md", folders=("ch", "fr"))
    assert third.id == "kb:ch-fr-returns"


def test_the_path_by_which_a_file_is_read_does_not_change_its_ids(tmp_path, monkeypatch):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "returns.md").write_text("Text")
    whole = read_passages([tmp_path])
    monkeypatch.chdir(tmp_path / "b")
    assert read_passages([tmp_path / "a", Path("returns.md")])[1].id == whole[1].id == "kb:b-returns"


def test_a_day_until_which_it_holds():
    assert of("---\nvalid_until: 2026-12-31\n---\nText")[0].valid_until == date(2026, 12, 31)


def test_a_category_is_shown_with_the_source():
    assert of("---\ncategory: Livraison\n---\nText")[0].source == "returns.md (Livraison)"


SECRET = """# Returns

Thirty days.
<!-- internal -->
Up to 60 days if they insist.
<!-- /internal -->
We pay the way back.

## Refunds

Within a week.
<!-- INTERNE -->
Up to 50 € without asking.
"""


def test_an_internal_part_of_a_public_page_is_internal():
    found = of(SECRET, visibility="public")
    assert [(one.id, one.visibility, one.title, one.text) for one in found] == [
        ("kb:returns-returns", "public", "Returns", "Thirty days.\n\nWe pay the way back."),
        ("kb:returns-refunds", "public", "Refunds", "Within a week."),
        ("kb:returns-internal-returns", "internal", "Returns", "Up to 60 days if they insist."),
        ("kb:returns-internal-refunds", "internal", "Refunds", "Up to 50 € without asking."),
    ]


def test_a_long_section_becomes_several_passages_and_the_others_keep_their_ids():
    long = "\n\n".join(f"Paragraph {n} says something about returns. " * 8 for n in range(12))
    before = of("# One\nShort\n# Two\nShort as well")
    found = of(f"# One\n{long}\n# Two\nShort as well")
    assert [one.id for one in found] == [
        "kb:returns-one", "kb:returns-one.2", "kb:returns-one.3", "kb:returns-two",
    ]  # fmt: skip
    assert found[-1] == before[-1]
    assert {one.title for one in found} == {"One", "Two"}
    assert all(len(one.text) <= 1500 for one in found)


def test_front_matter_that_does_not_end_publishes_nothing():
    assert code_of(lambda: of("---\nvisibility: internal\nMargins of 40 %")) == "knowledge.front_open"


@pytest.mark.parametrize(
    ("name", "slugged"), [("Délais & retours", "delais-retours"), ("???", "text"), ("Œuvre n° 3", "oeuvre-n-3")]
)
def test_slugs(name, slugged):
    assert slug(name) == slugged


@pytest.mark.parametrize("piece", ["[", "![", "**", "`", "<!--", "# ", "* ", "[a](", "\n"])
def test_a_megabyte_of_marks_is_read_in_bounded_time(piece):
    of(piece * (MIB // len(piece)))
