"""How mail programs mark in HTML what is not new: the names of their elements.

Where a page is quoted in another, programs put a prefix before its names ("x_", "ecx", "yiv123", "m_-123", "ydp0a1b2"),
which does not count here. What is only told by its words (a header block, "Le … a écrit :") is left to mail.body.
"""

import re
from typing import Final, Literal

# quote: all in it is old. cut: all from here on is old. attribution: the line above a quote. around: holds an
# attribution and a quote, and answers in between. signature: a signature, where nothing new stands below it.
Role = Literal["quote", "cut", "attribution", "around", "signature"]

Attributes = dict[str, str | None]

_PREFIX: Final = re.compile(r"(?:(?:x_)+|ecx|yiv\d{3,}|ydp[0-9a-f]{6,}|m_-?\d{5,}|mcnt)(?=.)")

_ROLES: Final[dict[str, Role]] = {
    # Gmail, and those that write like it (K-9, BlueMail, TypeApp, Superhuman, Outlook for Android)
    "gmail_attr": "attribution",
    "gmail_quote": "around",
    "gmail_extra": "around",
    "gmail_signature": "signature",
    # Thunderbird
    "moz-cite-prefix": "attribution",
    "moz-forward-container": "cut",
    "moz-email-headers-table": "cut",
    "moz-signature": "signature",
    # Outlook and its web page, Hotmail, Outlook for phones and for Mac
    "divrplyfwdmsg": "cut",
    "mail-editor-reference-message-container": "cut",
    "ms-outlook-mobile-reference-message": "cut",
    "outlookmessageheader": "cut",
    "olk_src_body_section": "cut",
    "stopspelling": "cut",
    "replysplit": "cut",
    "signature": "signature",
    "ms-outlook-mobile-signature": "signature",
    # Yahoo
    "yahoo_quoted": "quote",
    "yqtdbase": "quote",
    # Proton, Tuta
    "protonmail_quote": "quote",
    "protonmail_signature_block": "signature",
    "tutanota_quote": "quote",
    "tutanota_signature": "signature",
    # Zimbra, Zoho
    "zwchr": "cut",
    "__divider__": "cut",
    "__headers__": "cut",
    "__quoted_text__": "quote",
    "zmail_extra": "quote",
    "zmail_extra_hr": "cut",
    "zmail_signature": "signature",
    # Roundcube, Airmail, Spark, BlueMail
    "reply-intro": "attribution",
    "airmail_on": "attribution",
    "airmail_original": "attribution",
    "bloop_sign": "signature",
    "messagereplysection": "quote",
    "messagesignaturesection": "signature",
    "replyheader": "attribution",
    # Samsung, Apple
    "composer_signature": "signature",
    # QQ, NetEase, Mail.ru, Yandex
    "isreplycontent": "quote",
    "isforwardcontent": "cut",
    "mail-quote-collapse": "quote",
    # GMX, Web.de (a name, see below), help desks and shared mailboxes
    "front-blockquote": "quote",
    "freshdesk_quote": "quote",
    "missive_quote": "quote",
    "sh-quoted-content": "quote",
    "hs_reply": "quote",
    "zd-comment-quote": "quote",
    "front-signature": "signature",
    "missive_signature": "signature",
}

_BORDER = re.compile(r"border-top:(?!none|0|medium none)[^;]*solid|border-style:solid none none|border-top-style:solid")
_OUTLOOKS_OWN = re.compile(r"border:none;border-top:solid #?\w+ 1.0pt;padding:3.0pt 0(?:cm|in)?")
_LABEL = re.compile(r"[^\n:：]{1,26}[:：]")
_LOOKED_AT = 1_500  # characters of a page's text, for a header block
_TYPE_ABOVE = re.compile(r"##-.{0,200}-##\s*", re.DOTALL)


def bare(name: str) -> str:
    """An id, class or name as its program gave it, in lower case.

    >>> bare("x_x_divRplyFwdMsg")
    'divrplyfwdmsg'
    """
    lowered = name.lower()
    return _PREFIX.sub("", lowered, count=1) if lowered[:1] in "xeym" else lowered


def role(tag: str, attributes: Attributes, style: str) -> Role | None:
    """What a mail program says about this element. style: its style attribute."""
    if tag == "includetail":
        return "cut"
    for attribute in ("id", "class", "data-marker", "name"):
        value = attributes.get(attribute)
        for name in value[:500].split() if value else ():
            found = _ROLES.get(bare(name)) or _numbered(bare(name))
            if found and not (attribute == "name" and tag != "div"):
                return _on(tag, found)
    if tag == "blockquote":
        return None if _only_indented(attributes, style) else "quote"
    # GMX and Web.de
    return "quote" if tag == "div" and attributes.get("name") == "quote" else None


def _numbered(name: str) -> Role | None:
    if name.startswith(("yahoo_quoted", "yqt")) and name[-1:].isdigit():
        return "quote"
    return "signature" if name.startswith("bloop_sign_") else None


def _on(tag: str, found: Role) -> Role | None:
    if tag == "blockquote":
        return "quote"
    # Yahoo and Outlook give the same names to line breaks and anchors.
    return None if tag in ("br", "a", "img", "body", "html") else found


def _only_indented(attributes: Attributes, style: str) -> bool:
    """Gmail and Outlook write "increase indent" as a blockquote without a border."""
    squeezed = style.lower().replace(" ", "")
    return "border:none" in squeezed and not attributes.get("class") and not attributes.get("type")


def reply_border(style: str) -> int:
    """How many labels have to stand below such a line for it to be the one that Outlook and Windows Mail draw above an
    old mail; 0 when it is none. Word draws lines above paragraphs too."""
    squeezed = re.sub(r"\s*([:;,])\s*", r"\1", style.lower())
    if not _BORDER.search(squeezed) or "para-border-div" in squeezed:
        return 0
    return 2 if _OUTLOOKS_OWN.search(squeezed) else 3


def is_header_block(text: str, labels: int = 3) -> bool:
    """As many labels as that, in whatever language. text: each piece of the page's text on its own line."""
    lines = [line.strip() for line in text[:_LOOKED_AT].split("\n")]
    filled = [line for line in lines if line][:16]
    return bool(filled) and bool(_LABEL.match(filled[0])) and sum(bool(_LABEL.match(line)) for line in filled) >= labels


def is_type_above(line: str) -> bool:
    """ "##- Please type your reply above this line -##", of help desks."""
    return line.startswith("##-") and bool(_TYPE_ABOVE.match(line))
