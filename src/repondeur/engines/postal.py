"""Postal addresses as they are written in France, Belgium, Switzerland, Germany, the Netherlands, Britain, Ireland and
North America: patterns for a text in plain characters (alike.in_numbers). Every repetition is bounded.
"""

_CAPITAL = r"[A-ZÀ-Ý][\w'-]{0,30}"
_LINK = r"(?:(?:de|du|des|la|le|les|et|en|sur|aux?)[ ]|[ld]')"
_SURE = (
    r"(?:rue|avenue|av\.?|boulevard|b[lv]d\.?|chemin|ch\.|impasse|all[ée]es?|quai|faubourg|chauss[ée]e|ruelle|venelle"
    r"|lotissement|sentier)"
)
# A way, and something that people count or speak of as well: "2 cours de yoga".
_UNSURE = r"(?:place|route|cours|square|passage|voie|clos|dr[èe]ve|r[ée]sidence|mont[ée]e|esplanade|via|viale|piazza)"
_NAME = rf"(?:{_LINK}){{0,3}}{_CAPITAL}(?:[ ](?:{_LINK}){{0,3}}{_CAPITAL}){{0,4}}"
_SMALL_NAME = r"[^\W\d_][\w'-]{0,30}(?:[ ][^\W\d_][\w'-]{0,30}){0,5}"
_HOUSE = r"\d{1,4}(?:[ ]?(?:bis|ter|quater|[A-Da-d])(?![^\W_]))?(?:/\d{1,4})?"
# A figure behind a way that is not a house: a time, an amount, a decimal.
_HOUSE_ENDS = r"(?![^\W_]|[.,:/-]\d|[ ]?(?:h|heures?|min|€|%|\$|£|euros?|eur|chf|km|m|ans|jours?|personnes?)(?![^\W_]))"
_WITHIN = r"(?:,?[ ](?i:bte|bo[iî]te|bus|apt\.?|appt?\.?|appartement|b[âa]t\.?|b[âa]timent|[ée]tage)[ ]\w{1,5}){0,2}"
_CODE = r"(?:(?:F|B|D|A|L|CH|FR|BE|DE|AT|LU|NL)-)?(?:\d{5}|\d{4}(?:[ ]?[A-Z]{2}(?![^\W_]))?)"
_TOWN = (
    r"(?:Ste?\.?[ ])?[A-ZÀ-Ý][\w'-]{1,30}"
    r"(?:[ -](?:(?:sur|en|le|la|les|de|du|sous|am|an der)[ -])?[A-ZÀ-Ý0-9][\w'-]{0,30}){0,3}"
)
_NEXT = r",?[ ]?\n?[ ]?"
# In small letters behind a street alone, and not where it is a year.
_SMALL_CODE = r"(?:\d{5}|(?!19|20)\d{4})[ ](?!euros?|eur|personnes?)[^\W\d_][\w'-]{1,30}"
_BEHIND = rf"(?:{_NEXT}{_CODE}[ ]{_TOWN}|{_NEXT}{_SMALL_CODE})?"
_FOLLOWED = rf"(?={_NEXT}{_SMALL_CODE})"
_STREET = (
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Dr|Close|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Gardens|Hill|Mews"
    r"|Row|Walk|Boulevard|Blvd|Crescent|Parkway|Pkwy|Quay|Wharf|Grove|Parade|Circle|Highway|Hwy|Alley"
    r"|Business Park|Retail Park|Industrial Park|Industrial Estate|Trading Estate)"
)
_EIRCODE = r"[AC-FHKNPRTV-Y]\d[\dW][ ]?(?=\d{0,3}[A-Y])[\dAC-FHKNPRTV-Y]{4}"
_POSTCODE = rf"(?:[A-Z]{{1,2}}\d[A-Z\d]?[ ]?\d[A-Z]{{2}}|{_EIRCODE}|[A-Z]{{2}}[ ]\d{{5}}(?:-\d{{4}})?)"
_BEHIND_STREET = rf"(?:,?[ ]?\n?{_TOWN})?(?:,?[ ]?\n?{_POSTCODE}\b)?"
_WORDS = r"(?:[A-Z][\w'-]{1,20}[ ]){1,3}"
_GERMANIC = (
    r"(?:[A-ZÄÖÜ][\w'-]{1,30}[ ]){0,2}"
    r"(?:[A-ZÄÖÜ](?:[^\W\d_]|-){2,40}(?:[Ss]tra(?:ß|ss)e|[Ss]tr\.|[Gg]asse|[Ww]eg|[Pp]latz|[Aa]llee|damm|ufer"
    r"|[Ss]traat|[Ll]aan|[Pp]lein|[Ss]teenweg|kaai|dreef|gracht|singel)"
    r"|(?:Stra(?:ß|ss)e|Gasse|Weg|Platz|Allee|Straat|Laan|Plein|Steenweg))"
)
_LINES = r"(?:[A-ZÀ-Ý][\w'-]{1,30}[ ]){1,4}"

ADDRESSES = (
    # The number first.
    rf"(?<![\w,.]){_HOUSE},?[ ](?i:{_SURE}|{_UNSURE})[ ]{_SMALL_NAME}{_FOLLOWED}{_BEHIND}",
    (
        rf"(?<![\w,.]){_HOUSE},?[ ](?:(?i:{_SURE})[ ](?:{_LINK}){{0,3}}[\w'-]{{1,30}}|(?i:{_UNSURE})[ ]"
        rf"(?:{_LINK}){{0,3}}{_CAPITAL})(?:[ ](?:{_LINK}){{0,3}}{_CAPITAL}){{0,5}}{_WITHIN}{_BEHIND}"
    ),
    # The number behind, as in Belgium and Switzerland.
    rf"(?<![^\W_])(?=[A-Za-z])(?i:{_SURE}|{_UNSURE})[ ]{_NAME},?[ ](?:n°[ ]?)?{_HOUSE}{_HOUSE_ENDS}{_WITHIN}{_BEHIND}",
    rf"(?<![^\W_])(?=[A-Za-z])(?i:{_SURE}|{_UNSURE})[ ]{_SMALL_NAME},?[ ]{_HOUSE}{_FOLLOWED}{_BEHIND}",
    rf"(?<![\w'-]){_GERMANIC}[ ]{_HOUSE}{_HOUSE_ENDS}{_WITHIN}{_BEHIND}",
    rf"(?m)^[>\s]{{0,4}}(?P<id>{_LINES}{_HOUSE},?[ \n]{{1,2}}{_CODE}[ ]{_TOWN})[ ,.]?$",
    rf"(?<![^\W_])(?:CH|BE|DE|FR|AT|LU|NL)-\d{{4,5}}[ ]{_TOWN}",
    # In English.
    rf"(?<![\w,.])\d{{1,5}}[A-Za-z]?[ ]{_WORDS}{_STREET}\b\.?{_BEHIND_STREET}",
    (
        rf"(?<![^\W_])(?i:unit|flat|apt\.?|apartment|suite|room)[ ]\d{{1,4}}[A-Za-z]?,?[ ]\n?{_WORDS}"
        rf"(?:{_STREET}|House|Tower|Building)\b\.?{_BEHIND_STREET}"
    ),
    rf"(?i:eircode)[ :]{{1,3}}(?P<id>{_EIRCODE})(?![^\W_])",
    r"(?<![^\W_])(?:B\.?P\.?|P\.?O\.?[ ]Box|[Bb]o[iî]te postale|[Cc]ase postale|Postfach|Postbus)[ ]\d{2,6}(?![^\W_])",
)
