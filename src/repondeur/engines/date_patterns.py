"""How dates look in the text of a mail, in French and English: patterns for engines.entities.

Which day they mean is told by engines.days. Linear time: every repetition is bounded. A weekday alone is often every
week's ("open on Saturday?"); it counts beside a word that makes it one day.
"""

SPACE = r"[ \t\u00a0\u202f]"
_MONTH = (
    r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre"
    r"|janv\.?|f[ée]vr?\.?|avr\.?|juil\.?|sept\.?|oct\.?|nov\.?|d[ée]c\.?"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan\.?|feb\.?|mar\.?|apr\.?|jun\.?|jul\.?|aug\.?|sep\.?)"
)
_DAY = (
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
# Only beside a number and a month.
_SHORT_DAY = rf"(?:{_DAY}|(?:lun|mar|mer|jeu|ven|sam|dim|mon|tues?|wed|thurs?|thu|fri|sat|sun)\b\.?)"
_NTH = r"(?:\d{1,2}(?:er|st|nd|rd|th)?)"
_NTH_OF_MONTH = rf"(?:{_NTH}|premier|first)"
_YEAR = rf"(?:,?{SPACE}\d{{4}})?"
_HOUR = r"(?:2[0-3]|1\d|0?\d)"
_CLOCK = (
    rf"(?:{_HOUR}{SPACE}?h(?:{SPACE}?[0-5]\d|eures?)?(?![a-z])(?:{SPACE}(?:et{SPACE}(?:demie?|quart)|moins{SPACE}(?:le{SPACE}quart|dix|cinq|vingt))\b)?|{_HOUR}:[0-5]\d(?:{SPACE}?[ap]\.?m\b)?"
    rf"|{_HOUR}(?:[.:][0-5]\d)?{SPACE}?[ap]\.?m\b|midi\b|noon\b)"
)
_OF_DAY = (
    rf"(?:{SPACE}(?:du{SPACE}matin|du{SPACE}soir|de{SPACE}l['’]apr[èe]s-midi"
    rf"|in{SPACE}the{SPACE}(?:morning|afternoon|evening))\b)?"
)
# In capitals, for "est" is a French verb.
_ZONE = rf"(?:{SPACE}?(?-i:UTC|GMT|CES?T|BST|E[SD]T|C[SD]T|M[SD]T|P[SD]T)(?:[+-]\d{{1,2}})?\b)?"
_PART = r"(?:matin|midi|apr[èe]s[- ]midi|soir|morning|afternoon|evening|noon)"
# "à 14h", " at 2 pm", " matin", ", around 10:30": what makes a day a moment.
_AT = (
    rf"(?:,?{SPACE}(?:(?:à|a|vers|at|around|about|dès){SPACE})?{_CLOCK}{_OF_DAY}{_ZONE}"
    rf"|{SPACE}(?:in{SPACE}the{SPACE})?{_PART}(?![\w-]))"
)
_AT_MOST = f"{_AT}?"
# What may follow the number of a day: "mardi 24 à 9h", but not "mardi 24 lampes".
_GOES_ON = r"(?:à|a|at|au|vers|et|ou|and|or|if|si|prochain|matin|midi|apr|soir|morning|even)"
_ENDS = rf"(?=$|{SPACE}?[,;:!?)»\n]|\.(?!\d)|{SPACE}{_GOES_ON}\b)"
_COUNT = r"(?:\d{1,3}|une?|deux|trois|quatre|cinq|six|dix|quinze|an?|one|two|three|four|five|ten)"
_UNITS = r"(?:jours?|semaines?|mois|ans?|days?|weeks?|months?|years?)"
_NEXT = (
    rf"(?:prochaine?|derni(?:er|ère)|qui{SPACE}vient|en{SPACE}(?:huit|quinze)|next{SPACE}week"
    rf"|de{SPACE}la{SPACE}semaine{SPACE}prochaine)"
)
_ONE_DAY = rf"(?:d['’]ici|avant|jusqu['’]à|jusqu['’]au|d[èe]s|pour|by|before|until|on){SPACE}"

_TODAY = (
    r"(?:aujourd['’]hui|hier|yesterday|today|tonight|ce (?:matin|soir)|cet apr[èe]s[- ]midi"
    r"|this (?:morning|afternoon|evening))"
)

_TO = rf"(?:{SPACE}?[-–]{SPACE}?|{SPACE}(?:au|to|through|until){SPACE}(?:the{SPACE})?)"
_DAY_MONTH = rf"{_NTH_OF_MONTH}{SPACE}(?:of{SPACE})?{_MONTH}{_YEAR}(?![\w])"

DATES = (
    rf"(?<![\w.])(?:{_SHORT_DAY},?{SPACE})?(?:the{SPACE})?{_NTH}(?:{SPACE}{_MONTH})?{_TO}(?:{_DAY}{SPACE})?{_DAY_MONTH}",
    rf"\b{_MONTH}{SPACE}{_NTH}{_TO}{_NTH}{_YEAR}(?![\w:])",
    rf"(?<![\w.])(?:{_SHORT_DAY},?{SPACE})?(?:the{SPACE})?{_DAY_MONTH}{_AT_MOST}",
    rf"\b(?:{_SHORT_DAY},?{SPACE})?{_MONTH}{SPACE}{_NTH}{_YEAR}(?![\w:]){_AT_MOST}",
    r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\w)",
    rf"(?<![\d/.-])\d{{4}}/\d{{2}}/\d{{2}}(?![\d/]){_AT_MOST}",
    rf"(?<![\d/.-])\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})(?![\d/.-]){_AT_MOST}",
    rf"\b(?:le|au|du|on|by|until|before|after|from|since|avant|apr[èe]s|pour|for|for{SPACE}the){SPACE}(?P<value>\d{{1,2}}/(?:0?[1-9]|1[0-2])(?![\d/]){_AT_MOST})",
    # A day that cannot be a month, and a month of two digits: no fraction is written so.
    rf"(?<![\d/.,-])(?:1[3-9]|2\d|3[01])/(?:0[1-9]|1[0-2])(?![\d/]){_AT_MOST}",
    rf"\b(?:next|this|last|ce){SPACE}{_DAY}\b{_AT_MOST}",
    rf"\b{_DAY}{SPACE}{_NEXT}(?![\w-]){_AT_MOST}",
    rf"\b{_DAY},?{SPACE}(?:the{SPACE})?{_NTH}{_ENDS}{_AT_MOST}",
    rf"\b{_DAY}{_AT}",
    rf"\b{_ONE_DAY}(?P<value>{_DAY})\b",
    rf"\b{_COUNT}{SPACE}{_UNITS}{SPACE}from{SPACE}(?:now|today)\b",
    rf"\bthe{SPACE}day{SPACE}(?:after{SPACE}tomorrow|before{SPACE}yesterday)\b{_AT_MOST}",
    rf"\b(?:apr[èe]s-demain|avant-hier|demain|tomorrow)\b{_AT_MOST}",
    rf"\b{_TODAY}\b{_AT_MOST}",
    rf"\b(?:dans|d['’]ici|in){SPACE}{_COUNT}{SPACE}{_UNITS}(?![\w-])",
    rf"\bil{SPACE}y{SPACE}a{SPACE}{_COUNT}{SPACE}{_UNITS}(?![\w-])|\b{_COUNT}{SPACE}{_UNITS}{SPACE}ago\b",
    rf"\b(?:fin|(?:the{SPACE})?end{SPACE}of){SPACE}(?:(?:du{SPACE}mois|the{SPACE}month|this{SPACE}month)\b|{_MONTH}{_YEAR}(?![\w]))",
    rf"(?<=\ble ){_NTH}(?={SPACE}(?:à|au{SPACE}matin|courant)\b)",
    rf"\bthe{SPACE}\d{{1,2}}(?:st|nd|rd|th)\b(?!{SPACE}(?:time|floor|of|century|street|avenue|edition|year|day|one|party)\b)",
)
