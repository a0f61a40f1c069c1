"""The form of a name, and the places of a mail in which names stand: patterns for a text in plain characters
(alike.in_names). Every repetition is bounded. The group "name" is the name."""

import re

# Latin capitals of the languages of Europe, beyond those of Latin-1 too.
CAPITALS = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĪĮİŁĹĽŃŇŌŐŒŔŘŚŞŠŢȘȚŤŪŮŰŲŴŶŸŹŻŽ"
# An 's belongs to no name.
_CAP = rf"[{CAPITALS}](?:[^\W\d_]|'(?!s(?![^\W_]))|-){{0,30}}(?!\w|-\w)"
# With a dot, and before something in capitals: "Marcus T. Oyelaran", "J.-P. Martin".
_INITIAL = rf"[{CAPITALS}]\.(?:[ -]?[{CAPITALS}]\.){{0,2}}(?=[ ]?[{CAPITALS}])"
_LINK = r"(?:(?:d[eu]|des|la|le|van|von|der|den|el|al|ben|bin|da|dos|di|ter|ten|zu|af|av|y)[ ]){1,2}"
NAME = rf"(?<![\w'-])(?:{_INITIAL}[ ]?)?{_CAP}(?:[ ](?:{_LINK})?(?:{_INITIAL}|{_CAP})){{0,4}}"
_TITLE = (
    r"(?:M\.?|MM\.|Mr\.?|Mme\.?|Mlle\.?|Mrs\.?|Ms\.?|Miss|Mx\.?|Dr\.?|Pr\.?|Me|Ma[iî]tre|[Mm]onsieur|[Mm]adame"
    r"|[Mm]ademoiselle|[Dd]octeur|[Pp]rofesseur|Mister|Sir|Lady|Doctor|Professor|Herrn?|Frau|Meneer|Mevrouw)"
)
_KIN = (
    r"(?:mari|femme|[ée]pouse|[ée]poux|conjointe?|compagne|compagnon|fils|fille|fr[èe]re|s[œo]e?ur|m[èe]re|p[èe]re"
    r"|maman|papa|cousine?|oncle|tante|neveu|ni[èe]ce|ami|amie|copine?|coll[èe]gue|voisine?|locataire|assistante?"
    r"|associ[ée]e?|wife|husband|partner|son|daughter|brother|sister|mother|father|mum|mom|dad|cousin|uncle|aunt"
    r"|nephew|niece|friend|colleague|neighbou?r|flatmate|roommate|assistant|boss)"
)
PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\w.]){_TITLE}[ ](?P<name>{NAME})",
        (
            rf"(?m)^[>\s]{{0,4}}(?i:(?:re)?bonjour|bonsoir|salut|coucou|hello|hi|hey|dear|ch[eè]re?"
            rf"|good (?:morning|afternoon|evening)|guten tag|hallo|beste),?[ ](?:{_TITLE}[ ])?(?P<name>{NAME})"
        ),
        rf"(?i:je m'appelle|mon nom est|my name is|this is|ici)[ ](?:{_TITLE}[ ])?(?P<name>{NAME})",
        rf"(?<![^\W_])(?i:mon|ma|notre|my|our|his|her|son|sa)[ ](?i:{_KIN}),?[ ](?P<name>{NAME})",
        (
            r"(?i:(?<![^\W_])(?:attn\.?|attention|c/o|[aà] l'attention de|sign[ée]e?|soussign[ée]e?|au nom de"
            rf"|de la part de|on behalf of|in the name of))[ ]?:?[ ](?:{_TITLE}[ ])?(?P<name>{NAME})"
        ),
        rf"(?P<name>{NAME})(?:[ ]?[<(\[][^\s<>()\[\]]{{1,100}}@|[ ](?i:a écrit|wrote))",
        rf"(?m)^[>\s]{{0,4}}(?i:from|de|to|à|cc|von|an)[ ]?:[ ]{{0,3}}\"?(?P<name>{NAME})",
        rf"(?m)(?i:cordialement|regards|best|sincerely|cheers|thanks|merci),[ ](?P<name>{NAME})[ .]?$",
    )
)
INTRODUCED = re.compile(rf"(?i:je suis|i am|i'm)[ ](?P<name>{_CAP}[ ]{_CAP}(?:[ ]{_CAP})?)")
# In small letters: "c'est amélie tremblay".
INTRODUCED_SMALL = re.compile(
    r"(?<![^\W_])(?i:je m'appelle|mon nom est|my name is|c'est|c|ici|je suis|i am|i'm|this is)[ ]"
    r"(?P<name>(?P<first>[^\W\d_]{2,20})[ ](?P<last>[^\W\d_]{2,20}))(?![^\W_])"
)
LAST = re.compile(
    r"(?im)^(?:(?:bien |très )?cordialement|(?:(?:kind|kindest|best|warm|with kind) )?regards"
    r"|(?:yours )?(?:very )?sincerely(?: yours)?|bien à vous|thanks?(?: you)?|merci(?: d'avance| beaucoup)?|cheers"
    r"|best(?: wishes)?|yours(?: \w{1,12})?|amicalement|(?:mes |meilleures |sincères |bonnes )?salutations"
    r"(?: distinguées)?|respectueusement|bonne (?:journée|soirée)|(?:mit )?freundlichen? grü(?:ß|ss)en?|mfg"
    r"|met vriendelijke groeten?|mvg)"
    r"[ ,.!]{0,3}(?=\n\s{0,5}(?P<name>[^\n]{2,60})$)"
)
WHOLE = re.compile(rf"(?i:{_TITLE}[ ])?(?P<name>{NAME})[ ,.]?")
SMALL = re.compile(r"[^\W\d_]{2,20}(?:[ -][^\W\d_]{1,20}){0,3}[ ,.]{0,2}")
SEQUENCE = re.compile(NAME)
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
