"""Does an author want a person, and no machine, to answer? By phrases (phrases.toml), and by how such wishes are put.

"Can someone tell me the price?" asks for a price; "can someone call me?" and "let me speak to your manager" ask for
somebody. Looked at are words without case, accents and punctuation (words.py), French and English.
"""

import re
from typing import Final

from repondeur.policy.phrases import WANTS_PERSON, WANTS_PERSON_ALONE
from repondeur.policy.words import laid_out, phrase_in, words_of

# Whoever was offered a person says so in a word or two.
FEW_WORDS: Final = 6
# What may stand beside the word that was offered, in an answer that says nothing else.
_BESIDE: Final = frozenset(
    {
        "a", "an", "the", "real", "une", "un", "uen", "la", "le", "l", "d", "vraie", "vrai", "svp", "stp", "s", "il",
        "vous", "te", "plait", "please", "pls", "merci", "avance", "thanks", "thank", "you", "je", "j", "prefere",
        "veux", "voudrais", "aimerais", "souhaite", "i", "want", "prefer", "would", "like", "need", "repondez", "moi",
        "par", "reponse", "answer", "reply", "oui", "yes", "ok", "no", "non", "bonjour", "bonsoir", "hello", "hi",
        "hey", "dear", "cordialement", "bien", "regards", "kind", "best", "re", "envoye", "de", "mon", "iphone",
        "android", "sent", "from", "my",
    }
)  # fmt: skip
_QUI: Final = (
    "(?:vraie? )?(?:humaine?|etre humain|personne|conseill(?:er|ere)|responsable|collegue|collaborat(?:eur|rice)"
    "|superieure?|operat(?:eur|rice)|interlocut(?:eur|rice)|directeur|directrice|gerante?|patronn?e?|proprietaire|chef"
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
|joindre\ un\ de\ vos|(?:joindre|entretenir\ avec|affaire\ a|voir\ avec)\ {_UN}\ {_QUI}
|(?<!personne\ )en\ chair\ et\ en\ os|service\ (?:client\ )?humain|(?:me|nous)\ passer\ le\ (?:service\ client|standard)
|(?:j|je|nous|on)\ (?:veux|voudrais|souhait\w*|voulons|aimerais|aimerions|exige\w*|demande|prefere\w*|pourrais)
\ (?:(?:avoir|(?:parler|echanger|discuter)\ (?:a|avec))\ )?(?:une?|le|la)\ (?!personne
\ (?:de|en|a|au|dans|sur|supplementaire)\b){_QUI}
|pourrais\ je\ (?:avoir|parler\ a|joindre)\ {_UN}\ {_QUI}
|parler\ (?:a|avec)\ quel(?:qu|q)\ ?un|(?:parler|discuter)
\ (?:au|a\ la|a\ l|avec\ l[ea]?|a\ votre)\ {_QUI}|(?:le|la|votre)\ (?:directeur|directrice
|patronn?e?|gerante?|responsable)\ (?:svp|s\ il\ vous\ plait)|rappelez\ (?:moi|nous)|(?:de|me)
\ (?:me\ )?(?:rappeler|faire\ rappeler)\b
|(?:pouvez\ vous|pourriez\ vous|merci\ de)\ (?:m\ |me\ |nous\ )(?:re)?appeler
\ (?:au|des|svp|demain|aujourd)|qu\ on\ (?:m|me|nous)\ (?:r?appelle|reponde\ en\ personne)
|de\ vive\ voix|etre\ vivant|refuse\ de\ (?:parler|repondre)\ a\ une?\ {_MACHINE}|(?:reponses?|repond\w*)
\ (?:de|d\ un|par\ un)\ {_MACHINE}
|(?:encore|toujours)\ (?:un|le|votre)\ {_MACHINE}|pas\ (?:votre|un)\ (?:logiciel|programme|automate)
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
    "|colleague|owner|boss|member of (?:the |your )?(?:staff|team)|staff(?: member)?|team member)s?"
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
|(?:answer|reply|response)\ (?:from|by)\ (?:an?|your)\ {_WHO}|human
\ (?:assistance|help|contact|review|answer|being\ please)
|(?:is|are)\ there\ (?:an?|any)\ (?:(?:real|actual)\ )?(?:{_WHO}|people|humans)
\ (?:behind\ (?:this|that|the\ (?:mail|address|screen))|there\b|reading|at\ (?:the\ other|this)|(?:i\ |we\ )?can
\ (?:i|we|write|talk|speak|call))
|some(?:one|body)\ real|real\ people|can\ i\ (?:talk|speak)\ to\ in\ person
|(?:don\ t|do\ not|stop|without|never)\ (?:(?:want|let|send\w*|giv\w*|answer\w*)\ )?(?:to
\ (?:talk|speak)\ )?(?:(?:me|us|to)\ )?(?:with\ )?
(?:an?|another|your|any|these|the)
\ (?:(?:bot|chatbot|ai)\b|(?:machine|robot|automated|automatic|computer\ generated)
\ (?:answer|repl|respon|message|mail))
|refuse\ to\ (?:talk|speak)\ (?:to|with)\ (?:an?\ )?(?:ai|bot|robot|machine|computer)|are\ you\ an?
\ (?:bot|robot|machine|ai)\b
|(?:please|pls|could\ you|can\ you|just)\ (?:call|ring|phone)\ (?:me|us)\b|(?:call|ring|phone)\ (?:me|us)
\ (?:back|on|at|please|asap)|a\ (?:phone\ call|call\ back|callback)
|i\ (?:want|need)\ (?:the|your)\ (?:manager|boss|owner)|whoever\ is\ in\ charge|is\ any(?:body|one)
\ (?:alive|human|real)|(?:robot|bot|ai)\ answers
|no\ chatgpt|not\ (?:an?|your|another|by\ an?)\ (?:ai|chatbot|bot|automated\ (?:reply|answer|response|message))\b
|no\ (?:more\ )?(?:ai\ (?:please|answers?|replies)|chatbots?|automated\ (?:repl(?:y|ies)|answers?|responses?))\b
"""


_WISHES: Final = re.compile(rf" (?:{laid_out(_FRENCH)}|{laid_out(_ENGLISH)})")


def person_wanted(text: str, subject: str) -> str:
    """The words that ask for a person, "" when none do. text, subject: from words.words_of. Linear."""
    if phrase := phrase_in(text + subject, WANTS_PERSON):
        return phrase
    if len(text.split()) <= FEW_WORDS and (phrase := phrase_in(text, WANTS_PERSON_ALONE)):
        others = set(text.split()) - set(words_of(phrase).split())
        if others <= _BESIDE:
            return phrase
    found = _WISHES.search(text + subject)
    return found.group().strip() if found else ""
