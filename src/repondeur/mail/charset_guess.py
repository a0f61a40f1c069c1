"""Octets whose charset is not known, or not the one stated: what their pattern says.

Two questions, both answered from a sample: do the octets above 127 stand alone between ASCII letters, as accents do,
or in runs, as whole words of another script do; and for runs, which script has its everyday characters there.
Source: code tables of KOI8-R, windows-1251, ISO 8859-5, GB 2312, Big5, KS X 1001, JIS X 0208.
"""

import re
from collections import Counter

_SAMPLE = 4000  # octets
_RUN = re.compile(rb"[\x80-\xff][\x80-\xff\x40-\x7e]*")
_HIGH = re.compile(rb"[\x80-\xff]+")
_WORD_WITH_ACCENT = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][a-z]{2}")
# How often each letter stands in Russian text, commonest first, in logarithms: each is about a tenth rarer.
_LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъ"
_CAPITAL, _NO_LETTER = -0.7, -6.0
_CYRILLIC = {
    name: {
        (letter.upper() if capital else letter).encode(name)[0]: -rank / 10 + capital * _CAPITAL
        for rank, letter in enumerate(_LETTERS)
        for capital in (True, False)
    }
    for name in ("cp1251", "koi8-r", "iso8859-5")
}
_CYRILLIC_ENOUGH, _FAR_BETTER = -1.9, 0.7
_FEWEST = 6  # octets above 127 that a guess needs
_EUC_PAIR = re.compile(rb"[\xa1-\xfe][\xa1-\xfe]")
_SHIFT_JIS_KANA = re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]")
_BIG5_COMMON = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")


def cyrillic(octets: bytes, labelled: str = "") -> str:
    """The charset in which these octets spell Russian, "" when in none. labelled: kept unless another is far better."""
    high = b"".join(_HIGH.findall(octets[:_SAMPLE]))
    if len(high) < _FEWEST:
        return ""
    counted = Counter(high)
    scores = {
        name: sum(count * weights.get(octet, _NO_LETTER) for octet, count in counted.items()) / len(high)
        for name, weights in _CYRILLIC.items()
    }
    best = max(scores, key=scores.__getitem__)
    enough = max(_CYRILLIC_ENOUGH, scores[labelled] + _FAR_BETTER if labelled and best != labelled else -10)
    return best if scores[best] >= enough else ""


def likely_charset(octets: bytes) -> str:
    """Python's name of the likeliest charset of octets that are not UTF-8; "" when they may well be Western."""
    sample = octets[:_SAMPLE]
    high = _HIGH.findall(sample)
    count = sum(len(run) for run in high)
    if count < _FEWEST or count < 2 * len(high) or 4 * len(_WORD_WITH_ACCENT.findall(sample)) > count:
        return ""
    if _reads(sample, "cp932") and 4 * len(_SHIFT_JIS_KANA.findall(sample)) >= len(b"".join(_RUN.findall(sample))) // 2:
        return "cp932"
    return _euc(sample, high) or cyrillic(sample) or _two_octets(sample)


def _euc(sample: bytes, high: list[bytes]) -> str:
    """EUC-JP, EUC-KR or GB 2312: both octets of each character above 160."""
    if any(len(run) % 2 for run in high[:-1]):
        return ""
    leads = [pair[0] for run in high for pair in _EUC_PAIR.findall(run)]
    if not leads:
        return ""
    kana = sum(lead in (0xA4, 0xA5) for lead in leads)
    words = [lead for lead in leads if lead >= 0xB0]
    if 5 * kana >= len(leads) and _reads(sample, "euc_jp"):
        return "euc_jp"
    if len(words) >= 4 and all(lead <= 0xC8 for lead in words) and _reads(sample, "cp949"):
        return "cp949"
    common = sum(lead <= 0xD7 for lead in words)
    wide = len({octet for run in high for octet in run[1::2]})
    # Cyrillic words of even length look like rare Chinese characters, all within one stretch of the table.
    return (
        "gb18030" if 10 * common >= 8 * len(words) > 0 and not _narrow(high, wide) and _reads(sample, "gb2312") else ""
    )


def _narrow(high: list[bytes], wide: int) -> bool:
    octets = b"".join(high)
    return bool(cyrillic(octets)) and wide < 64 and max(octets) - min(octets) < 64


def _two_octets(sample: bytes) -> str:
    """Big5 or GBK, whose second octets may be ASCII."""
    runs = _RUN.findall(sample)
    octets = sum(len(run) for run in runs)
    big5 = sum(2 * len(_BIG5_COMMON.findall(run)) for run in runs)
    if 10 * big5 >= 7 * octets and _reads(sample, "cp950"):
        return "cp950"
    return "gb18030" if _reads(sample, "gbk") else ""


def _reads(sample: bytes, codec: str) -> bool:
    """Whether this is text in that charset; its last characters may have been cut."""
    return any(_decodes(sample[: len(sample) - cut], codec) for cut in range(min(3, len(sample))))


def _decodes(octets: bytes, codec: str) -> bool:
    try:
        octets.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
