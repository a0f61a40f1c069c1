"""HTML to what a person would have read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.mail.html import CUT, html_to_text, read_plainly, without_marks


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>secret</script>",
        "<style>secret{}</style>",
        "<title>secret</title>",
        "<template>secret</template>",
        "<noscript>secret</noscript>",
        "<svg><text>secret</text></svg>",
        "<!-- secret -->",
        "<!--[if mso]><p>secret</p><![endif]-->",
    ],
)
def test_what_is_no_text_is_not_read(unseen):
    assert html_to_text(f"<p>shown</p>{unseen}<p>too</p>").split() == ["shown", "too"]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<h1>Order</h1><p>one<br>two</p><p>three</p>", "Order\n\none\ntwo\n\nthree"),
        ("<div>one</div><div><br></div><div>two<br></div><div>three</div>", "one\n\ntwo\nthree"),
        ("<p>one</p><p>&nbsp;</p><p></p><br><br><p>two</p>", "one\n\ntwo"),
        ("<style>p{margin:0}</style><p>one</p><p>two</p>", "one\ntwo"),
        ("<p style='margin:0 0 1em'>one</p><p>two</p>", "one\n\ntwo"),
        ("a <b>b</b>\n\n <i>c</i>d", "a b cd"),
        ("<span style='display:block'>one</span><span style='display:block'>two</span>", "one\ntwo"),
        ("<pre>a  b\n   c</pre>", "a  b\n   c"),
        ("<div style='white-space:pre-wrap'>a  b\n   c</div>", "a  b\n   c"),
        ("<ul><li>a<ul><li>b</ul><li><p>c</p></ul>", "* a\n  * b\n* c"),
        ("<ol start=3><li>a<ol type=a><li>b<li>c</ol><li value=7>d<li>e</ol>", "3. a\n   a. b\n   b. c\n7. d\n8. e"),
        ("<ol type=I><li>a<li>b<li>c<li>d</ol>", "I. a\nII. b\nIII. c\nIV. d"),
        ("<ul><li>one<br>line</li></ul>", "* one\n  line"),
        ("<dl><dt>Lamp</dt><dd>12 EUR</dd></dl>", "Lamp\n12 EUR"),
        ("She said <q>no</q>.", "She said “no”."),
        ("<p>soft&shy;ly</p>", "softly"),
        ("<p dir=rtl>\u202bשלום\u202c</p>", "\u202bשלום\u202c"),
    ],
)
def test_it_is_laid_out_as_a_person_would_type_it(page, text):
    assert html_to_text(page) == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>", "1\t2\n3\t4"),
        ("<table border=1><tr><td></td><td>2</td><td></td></tr></table>", "\t2"),
        ("<table border=1><tr><th>Item<th>No<tr><td>Lamp<br>blue<td>2</table>", "Item\tNo\nLamp blue\t2"),
        ("<table border=1><tr><td><p>a</p></td><td></td><td><p>b</p></td></tr></table>", "a\t\tb"),
        ("<table><tr><td><img alt=Logo><td>Hello<br>Ann<br>how are you</table>", "Hello\nAnn\nhow are you"),
        (
            "<table><tr><td>left one<br>left two<td>right one<br>right two</table>",
            "left one\nleft two\nright one\nright two",
        ),
        ("<table><tr><td><table><tr><td>a<td>b</table></table>", "a\tb"),
    ],
)
def test_tables_of_data_and_of_layout(page, text):
    assert html_to_text(page) == text


def test_lists_of_word_are_lists():
    bullet = (
        "<span style='mso-list:Ignore'>{}<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span></span>"
    )
    page = "".join(
        f"<p class=MsoListParagraph style='mso-list:l0 level{level} lfo1'>"
        f"<![if !supportLists]>{bullet.format(sign)}<![endif]>{words}<o:p></o:p></p>"
        for level, sign, words in ((1, "·", "one"), (2, "o", "two"), (1, "2.", "three"))
    )
    text = html_to_text(
        f"<p class=MsoNormal>See:<o:p></o:p></p>{page}<p class=MsoNormal><o:p>&nbsp;</o:p></p><p>end</p>"
    )
    assert text == "See:\n* one\n  * two\n2. three\n\nend"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ('<a href="https://x.example/a?b=1">our offer</a>', "our offer (https://x.example/a?b=1)"),
        ('<a href="https://www.x.example/">x.example</a>', "x.example"),
        ('<a href="mailto:ann@x.example?subject=a">Ann</a>', "Ann <ann@x.example>"),
        ('<a href="mailto:ann@x.example">ann@x.example</a>', "ann@x.example"),
        (f'<a href="https://t.example/click?{"x" * 400}">here</a>', "here (https://t.example/click)"),
        (f'<a href="https://t.example/{"x" * 400}">here</a>', "here"),
        ('<a href="javascript:x">here</a>', "here"),
        (  # a filter's own address
            '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.example%2Fa&amp;d=">hi</a>',
            "hi (https://x.example/a)",
        ),
        ('<a href="https://urldefense.com/v3/__https://x.example/a__;!!b$">a link</a>', "a link (https://x.example/a)"),
        (
            '<a href="https://evil.example/login">https://bank.example</a>',
            "https://bank.example (https://evil.example/login)",
        ),
        ('<img alt="😀"> <img src="a.png" alt="Way to our shop">', "😀 [Way to our shop]"),
        ('<img alt="image001.png"><img alt="Logo Lumen SA"><img alt="facebook"><img>', ""),
        ('<img alt="Une image contenant texte Description générée automatiquement">x', "x"),
    ],
)
def test_what_links_and_pictures_say(page, text):
    assert html_to_text(page) == text


def test_a_page_of_links_shows_no_addresses():
    assert "(" not in html_to_text('<p><a href="https://x.example/">offer</a></p>' * 21)


def test_entities_and_spaces():
    assert html_to_text("<p>a&nbsp;&lt;b&gt; &amp;   &eacute;</p>") == "a <b> & é"


def test_quotes_become_quoted_lines():
    text = html_to_text("<p>new</p><blockquote>old<blockquote>older</blockquote></blockquote><p>newer</p>")
    assert [line for line in text.splitlines() if line.strip("> ")] == ["new", "> old", ">> older", "newer"]


NEW, OLD = "<div>new</div>", "<div>old</div>"
HEADER = "<b>Xyz:</b> Ann<br><b>Abc:</b> 5.2.2026<br><b>Def:</b> Bob"


@pytest.mark.parametrize(
    "old",
    [
        f'<div id="divRplyFwdMsg">{HEADER}</div>{OLD}',
        f'<div id="x_x_divRplyFwdMsg">{HEADER}</div>{OLD}',
        f'<div id="mail-editor-reference-message-container"><div>{HEADER}</div>{OLD}</div>',
        f'<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm">{HEADER}</div>{OLD}',
        f'<div style="border-width:1pt medium medium;border-style:solid none none">{HEADER}</div>{OLD}',
        f'<div style="border-top-width: 1px; border-top-style: solid;">{HEADER}</div>{OLD}',
        f'<div class="OutlookMessageHeader">{HEADER}</div>{OLD}',
        f'<div id="appendonsend"></div><hr tabindex="-1"><div>{HEADER}</div>{OLD}',
        f'<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">{HEADER}</div>{OLD}',
        f'<span id="OLK_SRC_BODY_SECTION">{HEADER}{OLD}</span>',
        f'<div><hr id="ecxstopSpelling">{HEADER}{OLD}</div>',
        f'<div class="moz-forward-container">{OLD}</div>',
        f'<div class="gmail_quote"><div class="gmail_attr">---------- Xyz ---------<br>{HEADER}</div>{OLD}</div>',
        f"<includetail>{OLD}</includetail>",
        f"<div>##- Bitte antworten Sie über dieser Zeile -##</div>{OLD}",
    ],
)
def test_from_here_on_all_is_old(old):
    text = html_to_text(NEW + old)
    above, cut, below = text.partition(f"\n{CUT}\n")
    assert (above.strip(), cut != "") == ("new", True)
    assert "old" in below
    assert CUT not in below


@pytest.mark.parametrize(
    "old",
    [
        f'<blockquote type="cite">{OLD}</blockquote>',
        f'<div id="ydp12ab34cdyahoo_quoted_99" class="ydp12ab34cdyahoo_quoted">{OLD}</div>',
        f'<div class="protonmail_quote">{OLD}</div>',
        f'<div class="zmail_extra">{OLD}</div>',
        f'<div name="quote">{OLD}</div>',
        f'<div name="messageReplySection">{OLD}</div>',
        f'<div id="isReplyContent">{OLD}</div>',
        f'<div class="freshdesk_quote">{OLD}</div>',
        f'<div data-marker="__QUOTED_TEXT__">{OLD}</div>',
        # Whose quote it is, in words that no table has
        f'<div class="gmail_quote"><div class="gmail_attr">2.5.2026 xyz abc:</div><blockquote>{OLD}</blockquote></div>',
        f'<div class="gmail_quote">Ann 2.5.2026 abc<blockquote class="gmail_quote">{OLD}</blockquote></div>',
        f'<div class="moz-cite-prefix">Xyz 2.5.2026 abc:</div><blockquote type="cite">{OLD}</blockquote>',
        f'<p id="reply-intro">Xyz 2.5.2026 abc:</p><blockquote>{OLD}</blockquote>',
    ],
)
def test_what_is_quoted(old):
    lines = [line for line in html_to_text(f"{NEW}{old}<p>newer</p>").splitlines() if line.strip("> ")]
    assert (lines[0], lines[-1]) == ("new", "newer")
    assert "> old" in lines
    assert all(line.startswith(">") for line in lines[1:-1])


@pytest.mark.parametrize(
    "page",
    [
        "<p>Our site says:</p><blockquote style='margin:0 0 0 40px;border:none'>2 days</blockquote><p>No.</p>",
        "<p>New request:</p><hr><p><b>Name:</b> Ann<br><b>Mail:</b> a@b.example<br><b>Text:</b> Lamps?</p>",
        "<div style='mso-element:para-border-div;border:none;border-top:solid red 1.0pt'>No: 1<br>At: 2<br>To: 3</div>",
        "<p>Note</p><div style='border-top:1px solid #ccc'>Our address: Lyon</div><p>end</p>",
    ],
)
def test_what_only_looks_like_it_is_new(page):
    text = html_to_text(page)
    assert CUT not in text
    assert not any(line.startswith(">") for line in text.splitlines())


@pytest.mark.parametrize(
    ("after", "marked"),
    [
        ("", True),
        ("<blockquote>old</blockquote>", True),
        (
            '<div class="gmail_attr">On 5 Feb 2026 9:41 Ann &lt;a@b.example&gt; wrote:</div><blockquote>x</blockquote>',
            True,
        ),
        ('<div id="divRplyFwdMsg"><b>From:</b> Ann</div>old', True),
        ("<div>-------- Original Message --------</div>old", True),
        ("<p>PS: the number is 12.</p>", False),
        ("<blockquote>old</blockquote><p>below the quote</p>", False),
    ],
)
@pytest.mark.parametrize(
    "name", ['class="gmail_signature"', 'id="Signature"', 'class="moz-signature"', 'name="messageSignatureSection"']
)
def test_a_signature_that_the_program_marks(name, after, marked):
    text = html_to_text(f"<div>new</div><div {name}>Ann Martin<br>Lumen</div>{after}")
    assert ("new\n-- \nAnn Martin\nLumen" in text) is marked
    assert "Ann Martin\nLumen" in text


def test_a_signature_is_marked_once_and_never_a_whole_mail():
    assert html_to_text('<p>new</p><pre class="moz-signature">-- \nAnn</pre>').count("--") == 1
    assert "--" not in html_to_text('<div id="Signature">only this</div>')
    assert "--" not in html_to_text(f'<p>new</p><div id="Signature">{"<p>line</p>" * 13}</div>')


def test_a_page_that_is_still_quoted_printable():
    page = '<div class=3D"gmail_default" dir=3D"ltr">C=E2=80=99est not=C3=A9, merci =\nbeaucoup.</div>'
    assert html_to_text(page) == "C’est noté, merci beaucoup."
    assert html_to_text("<p>a=3D1</p>") == "a=3D1"


def test_marks_cannot_be_forged():
    assert without_marks(html_to_text("<p>new\ue102 \ue100text</p>")) == "new text"


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000 + "x",
        "<table>" * 2_000 + "x",
        "<p>" * 50_000 + "x",
        "<b><i>" * 20_000 + "x",
        "".join(f"<font a={number}><p>" for number in range(10_000)) + "x",
        "".join(f"<b a={number}></x><p>" for number in range(10_000)) + "x",
        '<p style="' * 100_000 + '">x',
    ],
)
def test_hostile_pages_fall_back_to_stripping_tags(page):
    assert html_to_text(page).endswith("x")


@given(st.text(alphabet="<>/!-&;=\"' abdivpstylehidden\n", max_size=300))
def test_any_page_gives_a_text(page):
    assert isinstance(html_to_text(page), str)
    assert isinstance(read_plainly(page).text, str)
