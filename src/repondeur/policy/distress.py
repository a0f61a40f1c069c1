"""Is somebody hurt, in danger or threatened; is somebody cross? By how people put it, beside phrases of phrases.toml.

Looked at are words without case, accents and punctuation (words.py), French and English; one word alone counts where it
is all that a sentence says ("Scandaleux !").
"""

import re
from typing import Final

from repondeur.policy.phrases import CROSS, HARM
from repondeur.policy.words import READ_LIMIT, laid_out, phrase_in, words_of

_QUI: Final = (
    "(?:fils|fille|bebe|enfants?|petite?|mari|femme|epouse|conjointe?|pere|mere|papa|maman|frere|soeur|collegue"
    "|voisine?|amie?|client|cliente|chien|chienne|chat|chatte|lapin|eleve|il|elle|on|je|j|nous)"
)
_BLESSE: Final = r"(?:bless|brul|fractur|foul|electrocut|empoisonn|intoxiqu)\w*"
_ABIME: Final = r"(?:cass|coup|ouvert|arrach|ecras|brul)\w*"
_PARTIE: Final = (
    "(?:jambes?|bras|mains?|doigts?|poignets?|chevilles?|oeil|yeux|visage|pieds?|orteils?|tete|nez|cou|cotes?"
    "|genoux?|epaules?|pouce|index|hanche|peau)"
)
_DANS_LE_CORPS: Final = r"(?:bu|avale|ingere|inhale|respire)"
_DANGER: Final = (
    r"(?:piles?|billes?|aimants?|granul\w*|capsules?|lessive|produits?|detergent|javel|engrais|bouchon|vis|aiguille"
    "|colle)"
)
_FRENCH_HARM: Final = rf"""
{_QUI}\ (?:\w+\ ){{0,2}}(?:a|ai|ont|avons)\ (?:\w+\ )?{_DANS_LE_CORPS}
\ (?:de\ l|du|de\ la|des|une?|(?:l[ea]s?|votre|vos)\ {_DANGER})\b
|(?:me\ suis|s\ est|nous\ sommes|se\ sont)\ (?:\w+\ )?
(?:{_BLESSE}|{_ABIME}\ (?:l[ea]s?|une?|deux|au)\ (?:\w+\ )?{_PARTIE})
|(?:m|l|lui|nous)\ (?:a|ont)\ (?:\w+\ )?(?:{_BLESSE}|{_ABIME}\ (?:l[ea]s?|une?|deux)\ {_PARTIE})
|{_QUI}\ (?:est|sont|a\ ete|ont\ ete|etait)
\ (?:\w+\ )?(?:blesse|hospitalise|brule|electrocute|empoisonne|intoxique|inconscient)\w*
|{_PARTIE}\ (?:casse|brule|coupe|fracture|blesse|arrache)\w*
|(?:batterie|chargeur|telephone|appareil|lampe|prise|bouteille|four|plaque|radiateur|vitre)\ (?:a|ont)
\ (?:\w+\ )?(?:explose|implose|brule|fume)
|(?:a|ont)\ (?:explose\ (?:dans|sur|a\ cote|pres)|pris\ feu\ (?!dans\ le\ (?:film|roman|livre))|mis\ le\ feu)
|(?:me|vous|te)\ (?:tuer|suicider|foutre\ en\ l\ air|casser\ la
\ (?:figure|gueule))|me\ suicid\w*|(?:pensees|idees)\ suicidaires
|(?:plus|pas)\ (?:\w+\ )?(?:envie\ )?de\ vivre|(?:veux|vais|voudrais|envie\ de|prefere)
\ (?:\w+\ )?mourir|envie\ d\ en\ finir
|(?:mettre|foutre|mets)\ le\ feu|(?:sais|savons)\ ou\ vous\ habitez|menaces?\ de\ mort
|(?:fils|fille|bebe|enfant|petite?|il|elle)\ s\ etouffe\w*|perdu\ connaissance|je\ saigne|ne\ respire\ plus
|en\ reanimation|centre\ antipoison
|(?:il\ y\ a|avec)\ de\ la\ fumee|fumee\ (?:qui\ )?(?:sort|s\ echappe)|pris\ une\ decharge|recu\ une\ decharge
|(?:mort|morte|malade)\ (?:apres|a\ cause\ d\w*)\ (?:\w+\ ){{0,2}}(?:votre|vos|l|ce|cet|cette)
|(?:fait|fais|a\ eu|ai\ eu)\ une\ (?:reaction|allergie)\ (?:allergique|grave|severe|violente)?|plaques\ rouges
|(?:a\ cause|suite|apres|chute|accident)\ (?:\w+\ ){{0,12}}(?:a\ l\ hopital|aux\ urgences)
|(?:a\ l\ hopital|aux\ urgences)\ (?:\w+\ ){{0,3}}(?:a\ cause|suite\ a|apres\ avoir|depuis
\ (?:que|la\ chute|l\ accident))
"""
_WHO: Final = "(?:son|daughter|baby|child|kid|toddler|boy|girl|wife|husband|mother|father|mum|mom|dad|dog|cat|pup|pet)"
_PART: Final = "(?:arms?|hands?|legs?|fingers?|thumb|foot|feet|toes?|eyes?|face|head|skin|wrists?|neck|knees?|back)"
_ENGLISH_HARM: Final = rf"""
{_WHO}
\ (?:\w+\ ){{0,2}}(?:(?:drank|drunk|swallowed|ate)
\ (?:some|a|an|part|bits?|one|two
|the\ (?:fertili[sz]er|cleaner|bleach|detergent|batter(?:y|ies)|pellets|glue|paint|oil))\b
|ingested|inhaled|breathed\ in|choked|choking|fainted|(?:collapsed|died)
\ (?:after|because|from|when|while))
|i\ (?:\w+\ )?(?:swallowed|ingested|inhaled|breathed\ in)\ (?:some|your|the|a)
|is\ choking|(?:he|she|i)\ (?:passed\ out|fainted)|unconscious|(?:i|he|she|hand|finger|nose|head|arm|leg)
\ (?:am|m|is|s|was|are)\ (?:\w+\ )?bleeding\b(?!\ the)|intensive\ care|poison\ control
|(?:burn(?:ed|t)|cut|broke|hurt|injured|crushed|lost)\ (?:my|his|her|our)\ (?:\w+\ )?{_PART}
\ (?:\w+\ ){{0,2}}(?:when|because|on|with|after|by|off|in)\b
|(?:was|were|is|am|got|been)\ (?:\w+\ )?(?:injured|hurt|burned|burnt|electrocuted|poisoned)
\ (?:by|because|when|while|after|using)
|(?:got|gave\ me|received)\ an?\ (?:\w+\ )?shock\ (?:from|off|when)|electric\ shock\ (?:from|off)
|exploded\ (?:in|on|near|at|into|beside)
\ (?:my|his|her|our|the)|burst\ into\ flames|burn(?:ed|t)\ down|caught\ fire\ (?:in|on|at|and|last|this|yesterday)
|(?:don\ t|do\ not)\ want\ to\ live|(?:want|going)\ to
\ (?:kill\ myself|end\ it\ all|end\ my\ life)|want\ to\ die\b(?!\ my\b)|suicidal
|(?:commit|committing|attempt\w*|think\w*\ (?:of|about))\ suicide
|(?:burn|blow|smash)\ (?:up\ |down\ )?(?:your|the|this)
\ (?:shop|store|office|house|place|building)|(?:kill|beat|hurt)\ you\b
|(?:had|have|having|got|has)\ (?:a|an)\ (?:\w+\ ){{0,2}}(?:allergic\ reaction|rash)|nearly\ died
|(?:in|to)\ (?:the\ )?(?:hospital|a\ e|emergency\ room)\ (?:\w+\ ){{0,2}}(?:because|after|since|when|thanks\ to)
"""
_FRENCH_CROSS: Final = r"""
(?:fais|faisons|depose|deposons|formule|adresse|porte)\ (?:\w+\ )?(?:reclamation|plainte)|me\ plains|nous\ plaignons
|(?:suis|sommes|etais)\ (?:\w+\ ){0,2}(?:en\ colere|furieu\w*|excede\w*|scandalise\w*|outre\w*|indigne\w*|degoute\w*)
|(?:veux|exige|exigeons|voulons|demande|reclame)\ (?:\w+\ ){0,3}(?:rembours\w*|mon\ argent|un\ dedommagement)
|vous\ m\ avez\ (?:arnaque|vole|escroque|menti)\w*|vous\ (?:vous\ )?moquez\ de|prenez\ (?:moi|nous|les\ gens)\ pour
|pas\ (?:du\ tout\ )?content\w*|(?:tres|vraiment|extremement)\ (?:decu|mecontent)\w*\ (?:de
\ (?:votre|vos|cette|ce|la|mon)|du|par)
|votre\ (?:service|boutique|site|produit|accueil)\ est\ (?:nul\w*|lamentable|honteux|minable|pitoyable)|n\ importe\ quoi
|(?:avis|commentaire)\ negatif|ca\ suffit|toujours\ (?:pas|aucune)\ (?:de\ )?reponse\ depuis|\de?\ fois\ que
\ (?:je|j|nous)\ (?:\w+\ )?ecri\w*
|bloque\ (?:le|vos|tous\ les)\ prelevements?|bande\ d(?:e|\ )\ ?(?:voleurs|incapables|escrocs|nuls)
"""
_ENGLISH_CROSS: Final = r"""
(?:this\ is|make|making|wish\ to|want\ to|writing\ to|like\ to|lodge|file|submit|have)
\ (?:a\ |an\ |to\ )?(?:\w+\ )?complain(?:t|ts)?\b
|(?:i\ am|i\ m|we\ are|we\ re)\ (?:\w+\ ){0,2}(?:angry|furious|outraged|disgusted|livid|fed\ up|appalled)
|(?:want|demand|expect|insist\ on)\ (?:a|my|our|the)\ (?:\w+\ )?(?:refund|money)\b|stolen?\ my\ money|stole\ my\ money
|(?:been|was|got|were)\ (?:scammed|ripped\ off|cheated|lied\ to)|worst\ (?:service|shop|experience)|bad\ review
|(?:service|shop|support|this|product)\ is\ (?:terrible|awful|ridiculous|useless|appalling|disgusting|a\ joke|pathetic)
|you\ (?:lot|people|guys)\ are\ (?:useless|thieves|liars|crooks|incompetent)|enough\ is\ enough|stop\ the\ payment
|still\ no\ (?:answer|reply|response)\ (?:\w+\ )?after|shame\ on\ you
"""
_ALONE: Final = re.compile(
    r"(?:^|[.!?…\n])[^\w\n]{0,5}(?:c['’]est (?:du |une |un )?|quel(?:le)?s? |what an? |this is (?:an? )?)?"
    r"(voleurs|escrocs|inadmissible|inacceptable|scandaleux|honteux|lamentable|arnaque|vol|honte|scandale|unacceptable"
    r"|disgraceful|outrageous|ridiculous|disgusting(?: service)?|thieves|crooks|liars|scam(?:mers)?|rip-?off)\s*[!.]",
    re.IGNORECASE,
)
_HARM: Final = re.compile(rf" (?:{laid_out(_FRENCH_HARM)}|{laid_out(_ENGLISH_HARM)})")
_CROSS: Final = re.compile(rf" (?:{laid_out(_FRENCH_CROSS)}|{laid_out(_ENGLISH_CROSS)})")


def harm_told(written: str) -> str:
    """The words that tell of harm or threaten it, "" when none do. Linear."""
    words = words_of(written)
    if phrase := phrase_in(words, HARM):
        return phrase
    found = _HARM.search(words)
    return found.group().strip() if found else ""


def cross_told(written: str) -> str:
    """The words of somebody who is cross or takes their money back, "" when none do. Linear."""
    words = words_of(written)
    if phrase := phrase_in(words, CROSS):
        return phrase
    found = _CROSS.search(words)
    if found:
        return found.group().strip()
    alone = _ALONE.search(written[:READ_LIMIT])
    return alone[1].lower() if alone else ""
