"""A mail's HTML as it is shown: nothing from elsewhere, nothing that does anything, nothing hidden."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from repondeur.mail.display import display_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    '<p onclick="alert(1)" onmouseover=alert(1)>x</p>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a><animate onbegin=alert(1)></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<textarea><p title="</textarea><img src=x onerror=alert(1)>">',
    '<title><p title="</title><img src=x onerror=alert(1)>">',
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href=' &#1;javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt&colon;alert(1)'>x</a>",
    "<a href='vbscript:x'>x</a><a href='data:text/html,<script>alert(1)</script>'>y</a>",
    "<base href='https://evil.example/'><a href='x'>x</a>",
    "<a href='//evil.example'>x</a><a href='/settings'>y</a><a href='#top'>z</a>",
    "<form action=https://evil.example><input name=password><button formaction=//evil.example>go</button></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<iframe src=https://evil.example srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=https://evil.example></object><embed src=https://evil.example>",
    "<style>@import 'https://evil.example/x.css'; p{background:url(https://evil.example)}</style><p>x</p>",
    "<p style='background:url(https://evil.example/x)'>x</p>",
    "<p style='background-image:u\\72l(https://evil.example)'>x</p>",
    "<p style='width:expression(alert(1));behavior:url(x)'>x</p>",
    '<p style=\'font-family:"a\\";background:url(https://evil.example);"\'>x</p>',
    "<p style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9;margin-top:-500px'>x</p>",
    "<table background=https://evil.example/x><tr><td background=https://evil.example/y>x</table>",
    "<img src=https://evil.example/pixel.gif srcset='https://evil.example/2x 2x' alt='a pixel'>",
    "<img src='data:image/svg+xml;base64,PHN2Zy8+'><img src='data:text/html;base64,PHA+'>",
    "<video poster=https://evil.example src=x></video><audio src=https://evil.example>",
    "<template><img src=x onerror=alert(1)></template>",
    "<!--[if IE]><script>alert(1)</script><![endif]--><![CDATA[<script>alert(1)</script>]]>",
    "<p id=top name=top class=top>x</p>",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_that_does_anything(source):
    assert_harmless(display_html(f"<div>{source}</div><p>end</p>"))


@given(st.lists(st.sampled_from([*HOSTILE, "<b>", "</b>", "<table>", "<td>", "</p>", "<!--", "-->", "'", '"', "<"])))
def test_nor_any_of_it_together(pieces):
    assert_harmless(display_html("".join(pieces)))


def assert_harmless(page):
    for node in LexborHTMLParser(page).css("*"):
        assert node.tag not in ("script", "style", "svg", "math", "iframe", "object", "form", "input", "meta", "base")
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            assert name not in ("id", "class", "name", "srcset", "background", "action", "poster")
            if name == "href":
                assert re.match(r"https?://|mailto:", value)
            if name == "src":
                assert re.match(r"data:image/(png|jpeg|gif);base64,", value)
            if name == "style":
                assert not re.search(r"url|expression|import|position|z-index|behavior|\\", value)


def test_words_and_their_look_stay():
    page = display_html(
        '<p style="color:red; font-size:14px">Bonjour <b>Anne</b>,</p><ul><li>un</li></ul>'
        '<table border="1"><tr><td colspan="2" bgcolor="#eeeeee">a</td></tr></table>'
    )
    assert 'style="color:red;font-size:14px"' in page
    assert "<b>Anne</b>" in page
    assert "<li>un</li>" in page
    assert 'colspan="2"' in page
    assert 'bgcolor="#eeeeee"' in page


def test_links_open_elsewhere_and_tell_nobody_where_from():
    page = display_html('<a href="https://shop.example/?a=1&amp;b=2" onclick="x" style="color:blue">offer</a>')
    assert 'href="https://shop.example/?a=1&amp;b=2"' in page
    assert 'rel="noopener noreferrer nofollow"' in page
    assert 'target="_blank"' in page


def test_pictures_of_the_page_itself_stay_others_become_their_words():
    page = display_html(
        '<img src="data:image/png;base64,iVBORw0KGgo=" alt="chart" width="10">'
        '<img src="cid:plan@x" alt="The plan &lt;b&gt;"><img src="https://shop.example/a.png" alt="Our shop">'
    )
    assert page.count("<img") == 1
    assert "The plan &lt;b&gt;Our shop" in page


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">secret</p>',
        '<p style="color:#ffffff">secret</p>',
        '<span style="font-size:0">secret</span>',
        "<style>.x{display:none}</style><p class=x>secret</p>",
        "<table><tr style='display:none'><td>secret</td></tr></table>",
        "<!-- secret -->",
    ],
)
def test_what_its_reader_does_not_see_is_not_shown_either(hidden):
    page = display_html(f"<p>shown</p>{hidden}")
    assert "shown" in page
    assert "secret" not in page


def test_white_words_keep_their_dark_ground():
    page = display_html("<style>.dark td{background:#036} .w{color:white}</style><table class=dark><td class=w>words")
    assert "background-color:#036" in page
    assert "words" in page
    assert "background-color:#000" in display_html('<body bgcolor="#000" text="#ffffff">words')


def test_too_large_or_too_deep_is_not_shown():
    assert display_html("<p>x</p>" + "y" * 200_000) == ""
    assert display_html("<div>" * 200 + "x") == ""
    assert display_html(" ") == ""


def test_what_is_shown_can_be_cleaned_again():
    once = display_html('<p style="color:red">x <a href="https://shop.example/">y</a></p>')
    assert once in display_html(once)
