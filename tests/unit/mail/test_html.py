"""HTML to what a person would have read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.mail.html import html_to_text, strip_tags, without_marks


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">secret</p>',
        '<p style="DISPLAY : NONE !important">secret</p>',
        '<div style="visibility:hidden">secret</div>',
        '<span style="font-size:0">secret</span>',
        '<span style="font-size: 0px;color:red">secret</span>',
        '<span style="opacity:0">secret</span>',
        '<div style="height:0px;overflow:hidden">secret</div>',
        '<div style="max-height:0;overflow:hidden">secret</div>',
        '<div style="width:0">secret</div>',
        '<div style="position:absolute;left:-9999px">secret</div>',
        '<div style="mso-hide:all">secret</div>',
        '<span style="color:#ffffff">secret</span>',
        '<span style="color: rgb(255, 255, 255)">secret</span>',
        '<font color="white">secret</font>',
        "<p hidden>secret</p>",
        "<script>secret</script>",
        "<style>secret{}</style>",
        "<title>secret</title>",
        "<template>secret</template>",
        "<!-- secret -->",
        '<div style="display:none"><p>deep <b>secret</b></p></div>',
    ],
)
def test_what_nobody_sees_is_not_read(hidden):
    assert html_to_text(f"<p>shown</p>{hidden}<p>too</p>").split() == ["shown", "too"]


@pytest.mark.parametrize(
    "shown",
    [
        '<p style="font-size:10px">words</p>',
        '<p style="opacity:0.9">words</p>',
        '<div style="line-height:0.8">words</div>',
        '<div style="min-height:0;border-width:0">words</div>',
        '<p style="background-color:#003366;color:#ffffff">words</p>',
        '<table><tr><td bgcolor="#003366"><font color="white">words</font></td></tr></table>',
        '<div style="background:black"><span style="color:white">words</span></div>',
        '<p style="color:#fffff0">words</p>',
        '<table width="0"><tr><td>words</td></tr></table>',
    ],
)
def test_what_is_seen_is_read(shown):
    assert html_to_text(shown).split() == ["words"]


def test_lists_tables_and_paragraphs_are_laid_out():
    text = html_to_text(
        "<h1>Order</h1><p>one<br>two</p><ul><li>a</li><li>b</li></ul><table><tr><td>1</td><td>2</td></tr></table>"
    )
    assert [line.split() for line in text.splitlines() if line.strip()] == [
        ["Order"], ["one"], ["two"], ["*", "a"], ["*", "b"], ["1", "2"],
    ]  # fmt: skip


def test_entities_and_spaces():
    assert html_to_text("<p>a&nbsp;&lt;b&gt; &amp;   &eacute;</p>") == "a <b> & é"


def test_quotes_become_quoted_lines():
    text = html_to_text("<p>new</p><blockquote>old<blockquote>older</blockquote></blockquote><p>newer</p>")
    assert [line for line in text.splitlines() if line.strip("> ")] == ["new", "> old", ">> older", "newer"]


def test_marks_cannot_be_forged():
    assert without_marks(html_to_text("<p>new\ue102 \ue100text</p>")) == "new text"


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000 + "x",
        "<table>" * 2_000 + "x",
        "<p>" * 50_000 + "x",
        "<b><i>" * 20_000 + "x",
    ],
)
def test_hostile_pages_fall_back_to_stripping_tags(page):
    assert html_to_text(page).endswith("x")


@given(st.text(alphabet="<>/!-&;=\"' abdivpstylehidden\n", max_size=300))
def test_any_page_gives_a_text(page):
    assert isinstance(html_to_text(page), str)
    assert isinstance(strip_tags(page), str)
