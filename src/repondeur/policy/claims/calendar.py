"""The words for days, months and delays in French and English, without accents. Phrases are patterns that begin with a
plain word."""

from typing import Final

_WEEK: Final = (
    ("lundi", "monday"), ("mardi", "tuesday"), ("mercredi", "wednesday"), ("jeudi", "thursday"),
    ("vendredi", "friday"), ("samedi", "saturday"), ("dimanche", "sunday"),
)  # fmt: skip
_YEAR: Final = (
    ("janvier", "january", "jan"), ("fevrier", "february", "feb"), ("mars", "march"), ("avril", "april", "apr"),
    ("mai", "may"), ("juin", "june"), ("juillet", "july"), ("aout", "august", "aug"),
    ("septembre", "september", "sept"), ("octobre", "october", "oct"), ("novembre", "november", "nov"),
    ("decembre", "december", "dec"),
)  # fmt: skip
DAY_OF: Final = {name: str(n) for n, names in enumerate(_WEEK) for name in names}
SHORT_DAY_OF: Final = {name: str(n) for n, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
MONTH_OF: Final = {name: str(n) for n, names in enumerate(_YEAR, 1) for name in names}
# A day of a month, as a pattern: "9 june", "3rd of may", "1er mars".
DAY_AND_MONTH: Final = rf"\d{{1,2}}(?:er|st|nd|rd|th)?(?: of)? (?:{'|'.join(MONTH_OF)})"

_HOURS: Final = "one two three four five six seven eight nine ten eleven twelve"
HOUR_OF: Final = {word: str(n) for n, word in enumerate(_HOURS.split(), 1)}

_SPANS: Final = r"(?:seconds|minutes|hours|days|weeks|months|secondes|heures|jours|semaines|mois)"
_DAYS: Final = "|".join(DAY_OF)
# Delays and days told from now, by what they come to.
RELATIVE: Final[dict[str, tuple[str, ...]]] = {
    "today": (
        "aujourd'hui", "today", r"ce (?:jour|matin|soir)(?! ou)", "cet apres-midi", "tonight",
        "this (?:morning|afternoon|evening)",
    ),
    "tomorrow": ("demain", "apres-demain", "tomorrow", "overnight", "du jour au lendemain"),
    "yesterday": ("hier", "avant-hier", "yesterday"),
    "week": (
        "cette semaine", "this week", "en fin de semaine", "end of (?:the|this) week", "fin de (?:la |cette )?semaine",
    ),
    "next": (
        *(rf"{word} prochaine?" for word in ("semaine", "mois", "annee", "week-?end", *DAY_OF)),
        rf"next (?:week|month|year|weekend|few \w+|{_DAYS})",
        *(rf"{word} (?:semaines?|mois|jours?|heures?|minutes?)" for word in ("prochaine", "prochaines", "prochains")),
        "prochain mois", "coming (?:days|weeks|week)", "following (?:days|weeks|week)",
    ),
    "month": ("ce mois-ci", "this month", "end of (?:the|this) month", "fin (?:du|de ce) mois"),
    "soon": (
        *(rf"{word} {_SPANS}" for word in ("quelques", "few", "several", "plusieurs", "some", "couple of")),
        rf"within (?:the )?(?:hour|{_SPANS})", rf"in {_SPANS}",
        r"dans (?:l'heure|la journee|la semaine|les heures|les jours)", r"d'ici (?:la|peu|ce soir)",
    ),
    "same": ("same day", "le jour meme", "jour meme", "sur-le-champ"),
    "after": (
        "next (?:working |business )?day", "following (?:working |business )?day", "lendemain", "jour suivant",
        "jour ouvre suivant", "day after",
    ),
    "before": ("veille", "day before"),
    "feast": (
        "noel", "christmas", "xmas", "paques", "easter", "new year", "nouvel an", "toussaint", "pentecote", "ascension",
        "black friday",
    ),
}  # fmt: skip

_GOOD: Final = (
    "bon", "bonne", "joyeux", "joyeuses", "excellent", "excellente", "agreable", "belle", "happy", "merry", "good",
    "great", "nice", "lovely", "wonderful", "pleasant", "fantastic",
)  # fmt: skip
_WISHED: Final = (
    rf"(?:week-?end|semaine|week|day|noel|christmas|new year|paques|easter|annee|fetes|journee|soiree|{_DAYS})"
)
WISHES: Final = (
    *(rf"{word}(?: (?:et|and|rest of|fin de|reste) ?(?:the|your|la)?)? ?(?:\w+ ){{0,2}}?{_WISHED}" for word in _GOOD),
    *(rf"{word}(?: to)?(?: us)? today" for word in ("writing", "contacting", "message", "mail", "email", "question")),
    "reaching out(?: to us)? today",
    "getting in touch(?: with us)? today",
)
