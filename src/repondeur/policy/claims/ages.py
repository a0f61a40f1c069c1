"""How old somebody is. Years in a passage that are an age found no warranty of as many, and those that the author told
of somebody are taken up only as that: "your child of 5 years", "your 14-year-old"."""

import re
from collections.abc import Set
from typing import Final

from repondeur.policy.claims.claim import Claim

_PERSON: Final = (
    r"(?:enfants?|fils|filles?|garcons?|bebes?|jeunes?|ados?|adolescents?|adultes?|eleves?|personnes?|seniors?|"
    r"mineurs?|children|child|sons?|daughters?|kids?|boys?|girls?|babies|baby|toddlers?|teenagers?|teens?|adults?|"
    r"people|persons?|pupils?|students?|visitors?|visiteurs?|grandsons?|granddaughters?|petits?-fils)"
)
_AND: Final = r" ?(?:to|-|or|and|a|et|ou|,) ?"
_AGED: Final = (
    r"(?:(?:who (?:is|are) |is |are |a |ont |qui ont |qui a )?(?:de |d'|of |aged? |agee?s? (?:de |d')|from |between |"
    r"entre |under |over |below |above |moins de |plus de |de moins de |de plus de |a partir de |des ){0,2})"
)
# "Your child of 5 years", "les enfants de 6 à 12 ans", "your 14-year-old", "under-16s", "dès 3 ans révolus".
_PHRASE: Final = re.compile(
    rf"\b{_PERSON} {_AGED}(?:\d{{1,2}}(?: ans| years)?{_AND})?"
    r"\d{1,2} ?(?:ans?|years?)(?: old| of age| d'age| revolus)?\b"
    rf"|\b(?:your|the|a|an) (?:\d{{1,2}}(?:[- ]years?[- ]olds?)?{_AND})?\d{{1,2}}[- ]years?[- ]olds?\b"
)
# Behind it no thing may follow that the years would count: "your 10-year-old drill", "10 years of warranty".
_ENDS: Final = re.compile(
    r"\s*(?:$|[.,;:!?()\n-]|(?:gets?|is|are|can|may|will|would|has|have|needs?|goes|pays?|who|and|or|in|at|to|too|"
    r"est|sont|peut|peuvent|pourra|doit|paie|et|ou|a|au|aux|en|qui|dans|se|ne|n'\w+|entrent?)\b)"
)
_TOLD_AS_AGE: Final = re.compile(
    rf"(?:\b{_PERSON} |\b(?:aged|ages?|agee?s?) )(?:(?:de |d'|of |from |between |entre |"
    rf"under |over |moins de |plus de |a partir de |des ){{0,2}})(?:\d{{1,2}}(?: ans| years)?{_AND})?$"
)
_OLD: Final = re.compile(r"(?:[- ]old\b| of age\b| revolus\b| d'age\b|[- ]olds\b)")
_SOMEBODY: Final = re.compile(rf"\b{_PERSON}\b")
_SPEAKS_OF_AGE: Final = re.compile(
    rf"\b(?:{_PERSON}|ages?|aged|agee?s?|old|olds|public|families|familles?|les (?:moins|plus) de)\b"
)
_OF_THINGS: Final = re.compile(
    r"\b(?:warrant\w*|guarant\w*|garanti\w*|within|return\w*|retours?|rembours\w*|refund\w*|valid\w*|valables?|"
    r"contracts?|contrats?|engag\w*|cover\w*|couv\w*|duration|duree|lasts?|dure\w*)\b"
)
# Whose age the author tells: somebody of theirs, or their own.
_AUTHORS: Final = re.compile(rf"\b(?:{_PERSON}|i am|i'm|j'ai|he is|she is|they are|il a|elle a|ils ont|elles ont)\b")
_TOLD: Final = re.compile(
    rf"(?:{_AND}\d{{1,2}}){{0,3}}(?:[- ]?(?:ans?|years?|yrs?|yo)\b|\s*(?:$|[.,;!?)\n]|(?:and|et|who|qui)\b))"
)
_BIRTHDAY: Final = re.compile(r"\b(?P<age>\d{1,2})(?:st|nd|rd|th|e|eme|ieme) (?:birthdays?|anniversaires?)\b")
# "Avant ses 15 ans", "avant l'âge de 15 ans", "before the age of 15 years".
_AT_AGE: Final = re.compile(
    r"\b(?:(?:avant|apres|jusqu'a|des|a) (?:ses|leurs|les|l'age de)|(?:before|until|from|at|after) the age of) $"
)
# "À 12 ans, …" where a sentence begins, "comme elle a 12 ans": of somebody of the author's.
_IS_AGED: Final = re.compile(
    r"(?:(?:^|[.!?\n\x01]\s{0,2})(?:a|at) |\b(?:comme|puisqu'|puisque|as|since) (?:elle|il|she|he) (?:a|is) )$"
)
_ENDS_AGE: Final = re.compile(
    r"\s*(?:$|[.,;:!?)\n]|(?:de|of) (?:votre|vos|your) (?:enfants?|fils|filles?|garcons?|child|children|sons?|"
    r"daughters?|kids?)\b|(?:et|and|elle|il|vous|she|he|you)\b)"
)
_SENTENCE: Final = re.compile(r"[.!?\n\x01]")
_NEAR: Final = 64  # characters


def birthdays(text: str) -> frozenset[str]:
    """How old those are whose birthday a passage tells by its number: "before the 15th birthday"."""
    return frozenset(hit["age"] for hit in _BIRTHDAY.finditer(text))


def tells_age(claim: Claim, text: str) -> bool:
    """Whether years in a passage are how old somebody is."""
    before = _SENTENCE.split(text[max(0, claim.begin - _NEAR) : claim.begin])[-1]
    if _OLD.match(text, claim.end):
        return bool(_SOMEBODY.search(before)) or text.startswith("-old", claim.end)
    return bool(_TOLD_AS_AGE.search(before))


def is_age(claim: Claim, text: str, ages: Set[str], numbers: Set[str], mail: str) -> bool:
    """Whether years in a reply are an age that may stand there. ages, numbers: of passages. mail: what the author
    wrote."""
    value = claim.key.partition(" ")[0]
    start = max(0, claim.begin - _NEAR)
    phrase = any(
        hit.start() <= claim.begin and claim.end <= hit.end() and _ENDS.match(text, hit.end())
        for hit in _PHRASE.finditer(text, start, claim.end + _NEAR)
    )
    if phrase and (value in ages or value in numbers or _is_told(value, mail)):
        return True
    before, behind = text[start : claim.begin], text[claim.end : claim.end + _NEAR]
    of_things = _OF_THINGS.search(before) or _OF_THINGS.search(behind)
    if not of_things and _ENDS_AGE.match(behind):
        if value in ages and _AT_AGE.search(before):
            return True
        if _IS_AGED.search(before) and _is_told(value, mail):
            return True
    if value not in ages:
        return False
    sentence = _SENTENCE.split(text[start : claim.begin])[-1] + _SENTENCE.split(text[claim.end : claim.end + _NEAR])[0]
    return bool(_SPEAKS_OF_AGE.search(sentence)) and not _OF_THINGS.search(sentence)


def _is_told(value: str, mail: str) -> bool:
    if re.search(rf"\b(?:my|our|mon|notre) {re.escape(value)}[- ]years?[- ]olds?\b", mail):
        return True
    for hit in re.finditer(rf"(?<![\d.,]){re.escape(value)}(?![\d€%])", mail):
        before = _SENTENCE.split(mail[max(0, hit.start() - _NEAR) : hit.start()])[-1]
        if _AUTHORS.search(before) and _TOLD.match(mail, hit.end()):
            return True
    return False
