"""Does an author want a person, and no machine, to answer? By phrases (phrases.toml), and by how such wishes are put.

"Can someone tell me the price?" asks for a price; "can someone call me?" and "let me speak to your manager" ask for
somebody. Looked at are words without case, accents and punctuation (words.py), French and English.
"""

import re
from typing import Final

from repondeur.policy.phrases import WANTS_PERSON, WANTS_PERSON_ALONE
from repondeur.policy.words import phrase_in

_THEMSELVES: Final = re.compile(r" (?:en personne|in person) ")
# Whoever was offered a person says so in a word or two.
FEW_WORDS: Final = 6

_QUI: Final = (
    "(?:vraie? )?(?:humaine?|etre humain|personne|conseill(?:er|ere)|responsable|collegue|collaborat(?:eur|rice)"
    "|superieure?|operat(?:eur|rice)|interlocut(?:eur|rice)|technicien(?:ne)?|directeur|directrice|gerante?|patronn?e?"
    "|employee?|agent|manager|membre de (?:votre|l) equipe)s?"
)
_UN: Final = r"(?:un\ de\ vos|une?|votre|vos|l[ea]|l\ un\ de\ vos|de\ vos)"
_RAPPELLE: Final = r"(?:rappel\w*|(?:re)?contact\w*|appel\w*)"
_MACHINE: Final = r"(?:chatbot|bot|robot|machine|automate|ia|intelligence\ artificielle)"
_FRENCH: Final = rf"""
{_UN}\ {_QUI}\ (?:\w+\ ){{0,4}}(?:me|nous)\ (?:repond\w*|reprend\w*|{_RAPPELLE})
|{_UN}\ (?:humaine?|etre\ humain)\ (?:\w+\ ){{0,3}}(?:lire|lit|repond\w*|derriere)
|quelqu\ un\ (?:\w+\ ){{0,4}}(?:me|nous)\ (?:repondre\ en\ personne|{_RAPPELLE})
|(?:repondu|reponse|repondez|joint\w*|{_RAPPELLE})\ (?:(?:\w+\ )?(?:moi|nous|personnellement)\ )?(?:par|d)
\ (?:{_UN}\ {_QUI}|quelqu\ un)
|faire\ rappeler\ par\ {_UN}
|(?:passez?|passer|transferez|mettez|mettre|mise?|transmettez|faites\ suivre)\ (?:\w+\ ){{0,5}}{_UN}\ {_QUI}
|(?:contact|relation)\ avec\ (?:{_UN}\ {_QUI}|quelqu\ un)
|(?:joindre|entretenir\ avec|affaire\ a|voir\ avec)\ {_UN}\ {_QUI}
|(?<!personne\ )en\ chair\ et\ en\ os|service\ (?:client\ )?humain|(?:me|nous)\ passer\ le\ (?:service\ client|standard)
|(?:j|je|nous|on)\ (?:veux|voudrais|souhait\w*|voulons|aimerais|aimerions|exige\w*|demande|prefere\w*|pourrais)
\ (?:(?:avoir|(?:parler|echanger|discuter)\ (?:a|avec))\ )?(?:une?|le|la)\ (?!personne
\ (?:de|en|a|au|dans|sur|supplementaire)\b){_QUI}
|pourrais\ je\ (?:avoir|parler\ a|joindre)\ {_UN}\ {_QUI}
|parler\ (?:a|avec)\ quel(?:qu|q)\ ?un
|(?:une?\ {_QUI}|quelqu\ un)\ (?:svp|stp|s\ il\ (?:vous|te)\ plait|merci)\b
|(?:pas|plus|jamais|non)
\ (?:(?:de|d|a|avec|par)\ )?(?:(?:une?|votre|vos)\ )?(?:chatbot|bot|ia|intelligence\ artificielle)\b
|pas\ de\ robots?\ (?:svp|stp|s\ il\ (?:vous|te)\ plait|merci)\b|(?:reponses?|messages?)\ de\ votre\ {_MACHINE}\b
|(?:repond(?:re|ez|u)|parler|echanger|discuter|reponse)\ (?:\w+\ ){{0,2}}(?:avec|par|a|d)
\ (?:une?|votre|vos)\ {_MACHINE}\b
|(?:assez|marre|stop\ aux|plus)\ (?:de\ )?(?:(?:vos|ces|tes)\ )?(?:reponses|messages|mails)\ automatiques
"""
_WHO: Final = (
    "(?:(?:real|actual|live|human) )?(?:human(?: being)?|person|manager|supervisor|agent|representative|advis[eo]r"
    "|colleague|mechanic|technician|member of (?:the |your )?(?:staff|team)|staff(?: member)?|team member)s?"
)
_A: Final = "(?:an?|the|your|any|some|one of your)"
_ENGLISH: Final = rf"""
(?:can|could|may|would|will|let|have|want|need|like|get|ask)\ {_A}\ {_WHO}\ (?:\w+\ ){{0,3}}
(?:answer|reply|respond|call|phone|ring|contact|get\ back|write\ back|read\ (?:this|it|my))
|(?:can|could|would|will|have|ask)\ (?:some|any)(?:one|body)\ (?:\w+\ ){{0,5}}(?:call|phone|ring|get\ back\ to)
\ (?:me|us)\b
|(?:speak|talk|chat|through|transfer\ (?:me|this)|connect\ me|pass\ (?:me|this)|forward\ this|escalated?|in\ touch|deal)
\ (?:on\ )?(?:to|with)\ {_A}\ {_WHO}
|(?:get|give|find)\ (?:me|us)\ (?:an?|the|your)\ (?:human|manager|supervisor|(?:real|live|actual|human)\ \w+)
|connect\ me\ with\ {_A}\ {_WHO}|(?:have|want)\ an?\ (?:live|human|real)\ (?:agent|person|advis[eo]r|being|answer|reply)
|(?:rather|prefer)\ (?:to\ )?(?:(?:hear|have)\ )?(?:\w+\ ){{0,3}}(?:from|by)\ (?:an?|your)\ {_WHO}
|(?:answer|reply|response)\ (?:from|by)\ (?:an?|your)\ {_WHO}|human\ (?:assistance|help|support|contact|review)
|(?:is|are)\ there\ (?:an?|any)\ (?:(?:real|actual)\ )?(?:{_WHO}|people|humans)
\ (?:\w+\ ){{0,2}}(?:behind|there|reading|at|can)
|some(?:one|body)\ real|real\ people|can\ i\ (?:talk|speak)\ to\ in\ person
|(?:don\ t|do\ not|stop|without|never)\ (?:(?:want|let|send\w*|giv\w*|answer\w*)\ )?(?:to
\ (?:talk|speak)\ )?(?:(?:me|us|to)\ )?(?:with\ )?
(?:an?|another|your|any|these|the)\ (?:bot|chatbot|ai|machine|automated|automatic|computer\ generated)\b
|not\ (?:an?|your|another|by\ an?)\ (?:ai|chatbot|bot|automated\ (?:reply|answer|response|message))\b
|no\ (?:more\ )?(?:ai\ (?:please|answers?|replies)|chatbots?|automated\ (?:repl(?:y|ies)|answers?|responses?))\b
"""


def _compact(pattern: str) -> str:
    """Without the line ends it is laid out with; blanks in it are written "\\ "."""
    return pattern.replace("\n", "").replace("\\ ", " ")


_WISHES: Final = re.compile(rf" (?:{_compact(_FRENCH)}|{_compact(_ENGLISH)})")


def person_wanted(text: str, subject: str) -> str:
    """The words that ask for a person, "" when none do. text, subject: from words.words_of. Linear."""
    if phrase := phrase_in(text + subject, WANTS_PERSON):
        return phrase
    if (
        len(text.split()) <= FEW_WORDS
        and not _THEMSELVES.search(text)
        and (phrase := phrase_in(text, WANTS_PERSON_ALONE))
    ):
        return phrase
    found = _WISHES.search(text + subject)
    return found.group().strip() if found else ""
