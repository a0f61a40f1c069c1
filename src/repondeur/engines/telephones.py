"""Telephone numbers in the ways people write them: patterns for a text in plain characters (alike.in_numbers). Every
repetition is bounded. A group "id" is the number where a pattern has one."""

_END = r"(?![^\W_])"
_GROUPS = r"[ .()-]{0,3}"
_NAMED = (
    r"(?:t[ée]l(?:[ée]phone)?|tel|phone|mobile|mob|portable|port|gsm|natel|fax|cell|cellulaire|handy|telefon|telefoon"
    r"|whatsapp)"
)
_SAYS = r"\.?(?:[ ]?(?:number|no\.?|n°|num[ée]ro|is|est(?:[ ]le)?)){0,2}[ ]?:?[ ]{0,2}"
# As a voice recorder or a careful author spells them.
_DIGIT = (
    r"(?:z[ée]ro|oh|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?"
    r"|trente|quarante|cinquante|soixante|septante|huitante|nonante|et|one|two|three|four|five|seven|eight|nine|double"
    r"|\d{1,3})"
)

# So many digits with so few signs between that no amount is written so.
SURE_PHONES = (
    # Of France, with and without the country's number.
    rf"(?<![\w+])(?:\(?(?:\+|00)33\)?[ ]?(?:\(0\)[ ]?)?|0)[.-]?[1-9](?:[ ./-]{{0,2}}\d{{2}}){{4}}{_END}",
    rf"(?<![\w+])\(?\+(?:{_GROUPS}\d){{8,15}}{_END}",
)
OTHER_PHONES = (
    # With a stroke behind the area: Belgium, Germany, Austria.
    (
        rf"(?<![\w+.,/-])(?:\(?0\d\)?[ ]?/[ ]?(?:\d{{3}}[ .-]?\d{{2}}[ .-]?\d{{2}}|\d{{6,8}})"
        rf"|(?:\+\d{{1,3}}[ ]?(?:\(0\)[ ]?)?[1-9]\d{{0,4}}|\(?0\d{{2,4}}\)?)[ ]?/[ ]?"
        rf"(?:\d{{5,8}}|(?=(?:[ .-]?\d){{5}})\d{{2,4}}(?:[ .-]\d{{2,4}}){{1,3}})){_END}"
    ),
    rf"(?<![\w+.,/-])\(?0(?:{_GROUPS}\d){{8,14}}{_END}",
    rf"(?<![\w+.,/-])(?:1[ .-])?\(?\d{{3}}\)?[ .-]{{1,2}}\d{{3}}[ .-]\d{{4}}{_END}",
    rf"(?<![^\W_])(?=[A-Za-z])(?i:{_NAMED}){_SAYS}(?P<id>\+?\(?\d(?:(?:{_GROUPS}|/)\d){{6,14}}){_END}",
    rf"(?<![^\W_])(?i:(?:z[ée]ro|oh)(?:[ ,.-]{{1,3}}{_DIGIT}){{4,14}}){_END}",
)
