"""What mail programs write in many languages, and what people write that only looks like it."""

import tomllib
from importlib.resources import files

import pytest

from repondeur.mail.body import split
from repondeur.mail.quotes import words

TABLES = {
    entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text("utf-8"))
    for entry in files("repondeur.mail.quotes").iterdir()
    if entry.name.endswith(".toml")
}
KEYS = {
    "from", "to", "cc", "date", "subject", "forwarded", "forwarded_end", "original", "reply_above", "openers", "wrote",
    "quoting", "told", "behalf", "everyday", "forward_prefixes", "reply_prefixes", "postscripts", "devices", "banners",
    "notices", "notices_also", "myself",
}  # fmt: skip
ANN = "ann@old.example"
MOBILE = "Envoyé de mon iPhone"
ATTRIBUTION = "On Mon, 2 Mar 2026 at 14:05, Ann Old <ann@old.example> wrote:"


@pytest.mark.parametrize("language", TABLES)
def test_a_language_has_what_every_language_needs_and_nothing_unknown(language):
    table = TABLES[language]
    assert set(table) <= KEYS
    assert all(table[key] for key in ("from", "to", "date", "subject", "forwarded", "wrote"))


@pytest.mark.parametrize("language", TABLES)
def test_the_labels_of_each_language_make_a_header_and_its_words_a_separator(language):
    table = TABLES[language]
    header = [
        f"{table['from'][0]}: Ann Old <ann@old.example>",
        f"{table['date'][0]}: 2026-03-02 14:05",
        f"{table['to'][0]}: Jo <jo@client.example>",
        f"{table['subject'][0]}: The parcel",
    ]
    below = "\n".join([*header, "", "Old text."])
    found = split(f"The answer.\n\n{below}", "Re: The parcel")
    assert (found.text, found.forward) == ("The answer.", None)
    forward = split(f"For you.\n\n---------- {table['forwarded'][0]} ----------\n{below}").forward
    assert forward is not None
    assert (forward.author.address, forward.subject, forward.text) == ("ann@old.example", "The parcel", "Old text.")


@pytest.mark.parametrize(
    "attribution",
    [
        "Στις Δευ 2 Μαρ 2026 στις 2:05 μ.μ., ο/η Ann Old <ann@old.example> έγραψε:",
        "На пн, 2.03.2026 г. в 14:05 ч. Ann Old <ann@old.example> написа:",
        "V V pon., 2. mar. 2026 ob 14:05 je oseba Ann Old <ann@old.example> napisala:",
        "Pirmd., 2026. g. 2. marts, plkst. 14:05 — lietotājs Ann Old (<ann@old.example>) rakstīja:",
        "mán., 2. mar. 2026 kl. 14:05 skrifaði Ann Old <ann@old.example>:",
        "\u202bבתאריך יום ב׳, 2 במרץ 2026 ב-14:05 מאת \u202aAnn Old\u202c <\u202aann@old.example\u202c>:\u202c",
        "في الاثنين، 2 مارس 2026 في 2:05 م تمت كتابة ما يلي بواسطة Ann Old <ann@old.example>:",
        "Vào Th 2, 2 thg 3, 2026 vào lúc 14:05 Ann Old <ann@old.example> đã viết:",
        "ในวันที่ จ. 2 มี.ค. 2026 เวลา 14:05 Ann Old <ann@old.example> เขียนว่า:",
        "Pada tanggal Sen, 2 Mar 2026 pukul 14.05 Ann Old <ann@old.example> menulis:",
        "Missatge de Ann Old <ann@old.example> del dia dl., 2 de març 2026 a les 14:05:",
        "2026년 3월 2일 (월) 오후 2:05, Ann Old <ann@old.example>님이 작성:",
        "Le 2 mars 2026 à 14:05, Ann Old <ann@old.example> a écrit\n:",
        "----- Ann Old <ann@old.example> a écrit :",
        "Selon Ann Old <ann@old.example> :",
        "---- On Mon, 02 Mar 2026 14:05:10 +0100 Ann Old <ann@old.example> wrote ----",
        "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, March 2nd, 2026 at 2:05 PM, Ann Old <ann@old.example> wrote:",
        "An unheard-of tongue, 2.3.2026 14:05, Ann Old <ann@old.example> kirjutikasi:",
    ],
)
def test_attributions(attribution):
    assert split(f"The answer.\n\n{attribution}\n\n> Old text.\n").text == "The answer."
    between = "> First?\n\nYes.\n\n> Second?\n\nNo."
    assert split(f"{attribution}\n{between}\n").text == between


@pytest.mark.parametrize("above", ["It is no. 12.", "A bientôt\nMarie", "Ar cieņu\nMarija", "Jo", "Am Ende\nJo"])
@pytest.mark.parametrize(
    "attribution", ["Ann Old wrote on 3/2/2026 2:05 PM:", "Pirmd., 2026. g. 2. marts, 14:05 x@y.zz:"]
)
def test_short_lines_right_above_an_attribution_are_the_authors(above, attribution):
    assert split(f"{above}\n{attribution}\n\n> Old text.\n").text == above


@pytest.mark.parametrize(
    "line",
    [
        "Envoyé à partir d’Outlook pour iOS", "ENVOYE DE MON IPHONE", "Obtenez Outlook pour Android", "De mon iPhone",
        "Envoyé de mon iPhone, désolé pour les fautes", "Courriel envoyé de mon mobile",
        "Envoyé avec la messagerie sécurisée [Proton Mail](https://proton.me/mail/home).", "Sans virus. www.avast.com",
        "\u2063Télécharger BlueMail pour Android \u200b", "☘ Pensez à l’environnement avant d’imprimer ce message.",
        "Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows 10", "Virus-free.www.avast.com",
        "Sent from my phone. Please excuse typos.", "Please consider the environment before printing this e-mail.",
        "Outlook für Android herunterladen", "Obtenha o Outlook para Android", "Outlook voor Android downloaden",
        "Odesláno ze zařízení Galaxy", "iPhone-ról küldve", "Получить Outlook для Android", "iPhone’dan gönderildi",
        "Στάλθηκε από το iPhone μου", "נשלח מה-iPhone שלי", "أُرسلت من الـ iPhone", "ส่งจาก iPhone ของฉัน",
        "Outlook for iOS を入手", "发自我的华为手机", "取得 Android 版 Outlook", "Outlook for Android 다운로드",
    ],
)  # fmt: skip
def test_lines_of_devices_and_programs_sign(line):
    found = split(f"The answer.\n\n{line}\n\n{ATTRIBUTION}\n\n> Old text.\n")
    assert (found.text, found.signature) == ("The answer.", line.strip())
    assert split(f"{line}\n").text == ""


NOTICES = [
    ("Ce message et toutes les pièces jointes sont établis à l'intention exclusive de leurs destinataires. Si vous le "
     "recevez par erreur, merci de le détruire."),
    ("AVERTISSEMENT : Ce courriel est confidentiel. Si vous n’êtes pas le destinataire, toute copie est interdite, "
     "merci de le détruire."),
    ("This email and any files transmitted with it are confidential and intended solely for the use of the individual "
     "or entity to whom they are addressed."),
    ("Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie "
     "bitte sofort den Absender."),
    ("Este mensaje y sus archivos son confidenciales y van dirigidos exclusivamente a su destinatario. Si lo ha "
     "recibido por error, elimínelo."),
    ("Questo messaggio e i suoi allegati sono confidenziali. Se avete ricevuto questo messaggio per errore, siete "
     "pregati di cancellarlo."),
    ("Dit bericht is uitsluitend bestemd voor de geadresseerde. Indien u dit bericht ten onrechte heeft ontvangen, "
     "verwijder het dan."),
    ("Esta mensagem é confidencial e destina-se exclusivamente ao destinatário. Se recebeu esta mensagem por engano, "
     "por favor elimine-a."),
]  # fmt: skip


@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize("frame", ["{}", "*****\n{}\n*****", "{}\n\nACME accepts no liability for viruses."])
def test_a_notice_at_the_end_signs(notice, frame):
    found = split(f"The answer.\n\nBest,\nJo\n\n{frame.format(notice)}\n")
    assert found.text == "The answer.\n\nBest,\nJo"
    assert notice in found.signature


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_that_somebody_quotes_stays(notice):
    text = f"What does this mean?\n\n{notice}\n\nPlease explain."
    assert split(text).text == text
    assert split(notice).text == notice


@pytest.mark.parametrize(
    "banner",
    [
        "CAUTION: This email originated from outside of the organization. Do not click\nlinks in it.",
        "[EXTERNAL] This message comes from an external sender.",
        "ATTENTION : ce courriel provient de l’extérieur de l’organisation.",
        "Achtung: Diese E-Mail kommt von einem externen Absender.",
    ],
)
def test_what_a_gateway_put_above_is_not_the_authors(banner):
    found = split(f"{banner}\n\nWhere is my parcel?\n")
    assert found.text == "Where is my parcel?"
    assert banner.split("\n")[0] in found.quoted
    assert split(banner).text == banner


@pytest.mark.parametrize(
    ("text", "new", "signature"),
    [
        ("Hello.\n\n-- \nJo\nACME\n\nP.-S. Call me.", "Hello.\n\nP.-S. Call me.", "Jo\nACME"),
        ("Hello.\n\n-----\nJo\nTel: 01 23 45 67 89", "Hello.", "Jo\nTel: 01 23 45 67 89"),
        ("Hello.\n\n-----\nA list\nof things", "Hello.\n\n-----\nA list\nof things", ""),
        ("Hello.\n-----\nOne\n-----\nwww.a.example", "Hello.\n-----\nOne\n-----\nwww.a.example", ""),
        (f"Hello.\n\n-- \nJo\n\n{MOBILE}", "Hello.", f"Jo\n\n{MOBILE}"),
        ("Hello.\n\n[cid:image001.png@01DC4B9A.5E3F2A10]\nJo", "Hello.\n\nJo", "[cid:image001.png@01DC4B9A.5E3F2A10]"),
    ],
)
def test_signatures(text, new, signature):
    found = split(text)
    assert (found.text, found.signature) == (new, signature)


def test_prose_below_a_delimiter_is_text():
    text = (
        "A\n--\nB\n\n"
        + "I would take the first one, but is the second one cheaper over five years? Tell me, please. " * 2
    )
    assert split(text).text == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "De : Marie Dupont\nÀ : Service client\nObjet : Résiliation\n\nJe résilie mon contrat.",
        "Objet : Résiliation\nRéf. : 4512\nDate : 2 mars 2026\n\nJe résilie.",
        "Bonjour, trajet souhaité\n\nDe : Jean\nÀ : Paul\n\nMerci",
        "Nom : Roux\nDe : Rennes\nÀ : Brest\nDate : 3 mars\nObjet : vacances\n\nMerci",
        "Le 3 mars 2026 à 14:30, votre collègue m'a écrit :\n\nvotre dossier est clos.",
        "Le 3 mars 2026 à 14:30, votre service a écrit :\n\n« dossier clos »\n\nJe conteste.",
        "Envoyé de Paris le 3 mars, mon colis n'est jamais arrivé.\n\nQue faire ?",
        "Sent from my heart, this is a complaint.\n\nMary",
        "Ce message est confidentiel, ne le montrez pas à mon mari.",
        "Message original :\n\nLa machine affiche 404.",
        "[Jean] Oui, c'est possible.\n[Marie] Et pour lundi ?",
        "Here is what I wrote:\n1. cancel\n2. refund\n\nThanks",
        "C:\\> dir\nC:\\> del x\n\nno luck.",
        "Merci d'avance.\n--\nPouvez-vous aussi m'envoyer la facture ?",
        "Bonjour\n\n________\n\nMerci\n________\nAu revoir.",
        "Mes coordonnées :\n--\nMarie Dupont\n12 rue X",
        "Facture\n\n-----\n12 €\n01 23 45 67 89\n\nOK",
        "I paid 12 > 10.\n>:( not happy",
        "WARNING: your e-mail was sent to an external address.\n\nPlease check.",
        "Attention : mon e-mail externe a changé.\n\nMarie",
        "Je suis avocate. Ce courrier est confidentiel et je vous prie de ne le transmettre à personne, ni ma famille.",
        "I received this e-mail by mistake. It contains confidential information about another customer, so I ran.",
        "Si vous avez reçu ma lettre par erreur, merci de me la renvoyer, car j'en ai besoin pour mon dossier.",
        "On 3 March 2026 at 14:30 Ann from your team said:\n\nwe will refund you.\n\nWhen?",
    ],
)
@pytest.mark.parametrize("subject", ["", "Re: x", "TR : x"])
def test_nothing_is_taken_from_new_text(text, subject):
    found = split(text, subject)
    assert (found.text, found.quoted, found.signature, found.forward) == (text, "", "", None)


def test_an_answer_between_two_quoted_lines_is_kept():
    quote = f"{ATTRIBUTION}\n> Could you please confirm the delivery date for the parcel no 12?\nYes.\n> Thank you.\n"
    assert "Yes." in split(quote).text


def test_answers_marked_with_a_name_in_the_old_mail_are_new():
    old = "De : Shop <s@shop.example>\nEnvoyé : mardi 3 mars 2026 09:40\nÀ : Jo\nObjet : Questions\n\n"
    found = split(f"Voir ci-dessous.\n\n{old}[Externe] Attention\n\nLe gris ?\n[Jo Roux] Non, le blanc.\n\nBien à vous")
    assert found.text == "Voir ci-dessous.\n\n> Le gris ?\n[Jo Roux] Non, le blanc."


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("eM Client", f'--- Message transféré ---\nDe "Ann Old" <{ANN}>\nÀ "Jo" <jo@x.example>\nObjet Parcel\n\nOld.'),
        ("Zoho", f"== Forwarded message ==\nFrom: Ann Old <{ANN}>\nSubject: Parcel\n== Forwarded message ==\n\nOld."),
        ("Yahoo", f"  ----- Mail transféré -----De : Ann Old <{ANN}>À : Jo <jo@x.example>Objet : Parcel\nOld."),
        ("Apple", f"An unheard-of tongue:\n\n> From: Ann Old <{ANN}>\n> To: jo\n> Subject: Parcel\n>\n> Old."),
        ("Thunderbird", f"-- Forwarded mail --\nSubject: Parcel\nFrom: Ann Old <{ANN}>\nA: 1\nB: 2\nTo: j\n\nOld."),
        ("Notes", f"---- Transféré par Jo/A le 2/3/2026 ----\n\nDe :\tAnn Old <{ANN}>\nObjet :\tParcel\n\nOld."),
    ],
)  # fmt: skip
def test_forwards_of_programs(name, old):
    found = split(f"For you.\n\n{old}\n")
    assert found.forward is not None, name
    assert (found.text, found.forward.author.name, found.forward.author.address) == (
        "For you.",
        "Ann Old",
        "ann@old.example",
    )
    assert (found.forward.subject, found.forward.text) == ("Parcel", "Old.")


@pytest.mark.parametrize(
    ("attribution", "name", "address", "date"),
    [
        ("Le 02/03/2026 à 14:05, Ann Old a écrit :", "Ann Old", "", "02/03/2026 à 14:05"),
        ("Am 02.03.26 um 14:05 schrieb Ann Old:", "Ann Old", "", "02.03.26 um 14:05"),
        ('On 28/10/2026, 12:46, "Ann Old" <ann@old.example> wrote:', "Ann Old", ANN, "28/10/2026, 12:46"),
        ("La 28.10.2026 12:46, „Ann Old” <ann@old.example> a scris:", "Ann Old", ANN, "28.10.2026 12:46"),
        ("On Mar 2, 2026 at 2:05 PM GMT+1 ann@old.example wrote:", "", ANN, "2, 2026 at 2:05"),
    ],
)
def test_an_attribution_passes_on_where_the_subject_says_so(attribution, name, address, date):
    forward = split(f"For you.\n\n{attribution}\n\n    Old.\n", "Fwd: Parcel").forward
    assert forward is not None
    assert (forward.author.name, forward.author.address, forward.subject) == (name, address, "Parcel")
    assert date in forward.date


def test_what_stands_below_the_end_of_a_forward_is_new():
    old = (
        "----- Forwarded message from Ann <ann@old.example> -----\n\nFrom: Ann <ann@old.example>\nSubject: s\n\nOld.\n"
    )
    found = split(f"Before.\n\n{old}\n----- End forwarded message -----\nAfter.\n\n-- \nJo\n")
    assert found.forward is not None
    assert (found.forward.before, found.forward.text) == ("Before.", "Old.")
    assert (found.text, found.signature) == ("Before.\n\nAfter.", "Jo")


@pytest.mark.parametrize(
    "mark",
    [
        ">>> Shop <s@shop.example> 03/11/2026 09:40 >>>",
        "Message du 03/11/26 14:05\nDe : s@shop.example\nA : jo@x.example\nObjet : Facture\n",
        "##- Veuillez taper votre réponse au-dessus de cette ligne -##",
        "-------- Unheard of words --------\nFrom: Shop <s@shop.example>\nTo: jo\nSubject: Parcel\n",
    ],
)
def test_all_below_is_old_in_a_reply(mark):
    found = split(f"The answer.\n\n{mark}\nOld.\n", "Re: Parcel")
    assert (found.text, found.forward) == ("The answer.", None)
    assert found.quoted.endswith("Old.")


def test_the_words_are_read_once():
    assert words() is words()
