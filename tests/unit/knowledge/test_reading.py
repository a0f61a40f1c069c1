"""Each format: what is taken of it, what is left out, and what is refused."""

import json
from datetime import date
from pathlib import Path

import pytest
from tests.support.office import docx, pdf, xlsx

from repondeur.errors import SettingsError
from repondeur.knowledge.ids import Ids
from repondeur.knowledge.passages import passages_of
from repondeur.knowledge.reading.cutting import PIECE, pieces
from repondeur.knowledge.reading.documents import file_reader
from repondeur.knowledge.reading.files import Found, content, text_content
from repondeur.policy.passage import Passage


def a_file(name: str, raw: bytes) -> Found:
    return Found(Path("/kb") / name, name, len(raw), 0)


def of(name: str, raw: bytes | str) -> tuple[Passage, ...]:
    raw = raw.encode() if isinstance(raw, str) else raw
    file = a_file(name, raw)
    return passages_of(file, text_content(file, raw), "public", Ids(name))


def code_of(name: str, raw: bytes | str) -> str:
    with pytest.raises(SettingsError) as refused:
        of(name, raw)
    assert str(refused.value)
    assert refused.value.hint("fr")
    return refused.value.reason.code


# --- questions with answers

CSV = 'Question;Réponse;Langue;Visibilité;Valable jusqu’au;Catégorie;Prix\n"Livrez-vous en Suisse ?";"Oui, en 4 jours; \
l’été en 6.";fr;public;2026-12-31;Livraison;3\nMarge ?;40 %;fr;interne;;;\n'


@pytest.mark.parametrize(
    "raw",
    [
        CSV.encode(),
        b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode(),
        CSV.replace("’", "'").encode("cp1252"),
        CSV.encode("utf-16"),
    ],
    ids=["UTF-8", "Excel: BOM, CRLF", "windows-1252", "UTF-16"],
)
def test_a_table_in_french_as_spreadsheets_write_it(raw: bytes) -> None:
    swiss, margin = of("faq.csv", raw)
    assert (swiss.id, swiss.title) == ("kb:faq-livrez-vous-en-suisse", "Livrez-vous en Suisse ?")
    assert swiss.text.replace("'", "’") == "Oui, en 4 jours; l’été en 6."
    assert (swiss.language, swiss.visibility, swiss.valid_until) == ("fr", "public", date(2026, 12, 31))
    assert swiss.source == "faq.csv (Livraison)"
    assert (margin.visibility, margin.valid_until) == ("internal", None)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter(delimiter: str) -> None:
    rows = [["id", "answer", "question"], ["kb:hours", "From nine to five; not on Sundays, alas | ever.", "When?"]]
    raw = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    (found,) = of("hours.tsv", raw)
    assert (found.id, found.title) == ("kb:hours", "When?")
    assert found.text == rows[1][1]


def test_ids_of_pairs_stay_when_others_come_and_go() -> None:
    first = of("faq.csv", "question,answer\nOpen on Monday?,Yes.\n")
    second = of("faq.csv", 'question,answer\nOpen on Sunday?,No.\nOpen on Monday?,"Yes, edited."\n')
    assert first[0].id == second[1].id


def test_numbers_of_a_help_desk_are_no_ids_for_themselves() -> None:
    assert of("a.csv", "id,question,answer\n7,Open?,Yes\n")[0].id == "kb:a-7"


def test_rows_without_an_answer_are_left_out_and_told() -> None:
    raw = b"question,answer\nOpen?,Yes\nClosed?,\n,Nothing asked\n\n"
    found = text_content(a_file("a.csv", raw), raw)
    assert len(found.entries) == 1
    assert [note.params for note in found.notes] == [{"rows": "3, 4"}]


def test_answers_in_html_are_read_as_people_see_them() -> None:
    (found,) = of("a.csv", 'question,answer\nOpen?,"<p>From <b>nine</b></p><ul><li>not Sundays</li></ul>"\n')
    assert found.text.split() == ["From", "nine", "*", "not", "Sundays"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("name,price\nLamp,20\n", "knowledge.no_pairs"),
        ("", "knowledge.no_pairs"),
        ("question,answer\n", "knowledge.no_pairs"),
        ("question,answer,visibilty\nOpen?,Yes,internal\n", "knowledge.column_near"),
        ("question,answer,visibility\nOpen?,Yes,secret\n", "knowledge.bad_value"),
        ("question,answer,valid_until\nOpen?,Yes,03/04/2026\n", "knowledge.bad_value"),
        ("question,answer,language\nOpen?,Yes,klingon\n", "knowledge.bad_value"),
        ("question,answer\nOpen?,Yes, from nine\n", "knowledge.long_row"),
        ('question,answer\nOpen?,"Yes\n', "knowledge.bad_table"),
        ("id,question,answer\nkb:x,Open?,Yes\nkb:x,Closed?,No\n", "knowledge.id_taken"),
        (b"PK\x03\x04\x00\x00\x00\x00", "knowledge.not_text"),
    ],
)
def test_tables_that_are_refused(raw: str, code: str) -> None:
    assert code_of("faq.csv", raw) == code


PAIR = {"question": "Open?", "answer": "From nine."}


@pytest.mark.parametrize(
    "value",
    [
        [PAIR],
        {"faq": [PAIR]},
        {"Open?": "From nine."},
        [{"q": 1}, PAIR],
        {"sections": [{"name": "Shop", "entries": [PAIR]}]},
        {
            "@type": "FAQPage",
            "mainEntity": [
                {
                    "@type": "Question",
                    "name": "Open?",
                    "acceptedAnswer": {"@type": "Answer", "text": "<p>From nine.</p>"},
                }
            ],
        },
        [{"question": "Open?", "réponse": ["From nine."]}],
    ],
)
def test_json_of_pairs(value: object) -> None:
    assert [(one.title, one.text) for one in of("faq.json", json.dumps(value))] == [("Open?", "From nine.")]


def test_json_lines() -> None:
    raw = f"{json.dumps(PAIR)}\n\n{json.dumps({**PAIR, 'question': 'Closed?', 'visibility': 'internal'})}\n"
    assert [(one.title, one.visibility) for one in of("faq.jsonl", raw)] == [
        ("Open?", "public"),
        ("Closed?", "internal"),
    ]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ('[{"question": "Open?"', "knowledge.bad_json"),
        (json.dumps(PAIR) + "\nnot json\n", "knowledge.bad_json"),
        ("{}", "knowledge.no_pairs"),
        ('{"version": 3, "name": "shop"}', "knowledge.no_pairs"),
        ("[" * 100_000, "knowledge.bad_json"),
    ],
)
def test_json_that_is_refused(raw: str, code: str) -> None:
    assert code_of("faq.json", raw) == code


# --- web pages

PAGE = """<!doctype html><html lang="fr-FR"><head><title>Retours | Boutique</title>
<style>.off{display:none}</style></head>
<body><header><a href="/">Boutique</a> Panier</header><nav><ul><li>Accueil</li></ul></nav>
<div id="cookie-consent"><p>Nous utilisons des cookies.</p><button>Accepter</button></div>
<div class="breadcrumb">Accueil &gt; Aide</div>
<main><h1>Retours et échanges</h1><p>Vous avez <b>trente jours</b>.</p>
<h2>Frais</h2><p>Le retour est <a href="https://boutique.example/r/12">gratuit</a>.</p><p class="off">caché</p>
<h3>Depuis l’étranger</h3><ul><li>Suisse : 9 €</li><li>Belgique : 5 €</li></ul>
<details><summary>Et les soldes ?</summary><p>Pareil.</p></details></main>
<aside>Promotions</aside><footer>© Boutique — mentions légales</footer>
<script>var a = "<h2>x</h2>"</script></body></html>"""


def test_a_web_page_without_its_furniture() -> None:
    found = of("retours.html", PAGE)
    assert [(one.id, one.title, one.text) for one in found] == [
        ("kb:retours-retours-et-echanges", "Retours et échanges", "Vous avez trente jours."),
        ("kb:retours-frais", "Frais", "Le retour est gratuit (https://boutique.example/r/12)."),
        ("kb:retours-depuis-l-etranger", "Depuis l’étranger", "* Suisse : 9 €\n* Belgique : 5 €"),
        ("kb:retours-et-les-soldes", "Et les soldes ?", "Pareil."),
    ]
    assert {one.language for one in found} == {"fr"}


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace("<main>", "<div>").replace("</main>", "</div>"),
        PAGE.replace("<main>", '<div role="main">').replace("</main>", "</div>"),
        PAGE.replace("<main>", "<article>").replace("</main>", "</article>"),
    ],
)
def test_wherever_the_matter_stands(page: str) -> None:
    assert of("retours.html", page) == of("retours.html", PAGE)


def test_a_page_in_the_charset_that_it_names() -> None:
    raw = '<meta charset="iso-8859-1"><title>Été</title><p>Fermé en août, cœur léger.</p>'.encode("cp1252")
    (found,) = of("ete.htm", raw)
    assert (found.title, found.text) == ("Été", "Fermé en août, cœur léger.")


def test_an_internal_part_of_a_page() -> None:
    page = PAGE.replace("<h3>", "<!-- internal --><p>Marge : 40 %</p><!-- /internal --><h3>")
    found = of("retours.html", page)
    assert [(one.title, one.text) for one in found if one.visibility == "internal"] == [("Frais", "Marge : 40 %")]
    assert "Marge" not in "".join(one.text for one in found if one.visibility == "public")


def test_a_page_that_is_all_banner_is_still_read() -> None:
    (found,) = of("c.html", '<body><div class="cookie-policy"><h1>Cookies</h1><p>Nous n’en mettons aucun.</p></div>')
    assert found.text.endswith("Nous n’en mettons aucun.")


def test_a_page_saved_as_one_file() -> None:
    raw = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b'<html lang=3D"fr"><body><h1>Horaires</h1><p>Ouvert d=C3=A8s dix heures.</p></body></html>\r\n--b--\r\n'
    )
    (found,) = of("h.mhtml", raw)
    assert (found.id, found.title, found.text) == ("kb:h", "Horaires", "Ouvert dès dix heures.")
    assert code_of("h.mht", b"From: a\r\n\r\nno page") == "knowledge.no_page"


@pytest.mark.parametrize(
    "piece", ["<div>", "<h2>", "<h2>a</h2>", "<nav class=cookie>", "<!-- internal -->", "⟦§2§⟧", "<a"]
)
def test_hostile_pages_are_read_in_bounded_time(piece: str) -> None:
    of("x.html", piece * (1_000_000 // len(piece)))


# --- documents, by the real reader


def test_furniture_inside_furniture() -> None:
    inner = "<aside class=cookie><nav><div id=consent><footer>x</footer></div></nav></aside>"
    nested = f"{'<aside class=cookie><nav>' * 50}{inner * 200}{'</nav></aside>' * 50}"
    (found,) = of("x.html", f"<body>{nested}<p>Ouvert dès dix heures.</p>{nested}</body>")
    assert found.text == "Ouvert dès dix heures."


async def read(name: str, raw: bytes) -> tuple[Passage, ...]:
    async with file_reader() as reader:
        file = a_file(name, raw)
        return passages_of(file, await content(file, raw, reader), "public", Ids(name))


async def test_a_word_document_by_its_headings() -> None:
    raw = docx(
        [
            ("Heading1", "Livraison"),
            ("", "Nous livrons en deux jours, y compris * en Belgique."),
            ("Heading2", "Frais"),
            ("", "4,90 € par colis."),
            ("", "Gratuit dès 60 €."),
        ]
    )
    found = await read("livraison.docx", raw)
    assert [(one.id, one.title, one.text) for one in found] == [
        ("kb:livraison-livraison", "Livraison", "Nous livrons en deux jours, y compris * en Belgique."),
        ("kb:livraison-frais", "Frais", "4,90 € par colis.\n\nGratuit dès 60 €."),
    ]
    assert {one.language for one in found} == {"fr"}


async def test_a_pdf_by_its_pages() -> None:
    raw = pdf([["Conditions de retour", "Les retours sont acceptés", "pendant trente jours."], ["Le port est offert."]])
    found = await read("cgv.pdf", raw)
    assert [(one.id, one.title) for one in found] == [
        ("kb:cgv", "Conditions de retour"),
        ("kb:cgv-2", "Conditions de retour"),
    ]
    assert found[0].text.endswith("Les retours sont acceptés pendant trente jours.")
    assert found[1].text == "Le port est offert."


async def test_a_sheet_of_pairs() -> None:
    raw = xlsx(
        [["Question", "Réponse", "Visibilité"], ["Ouvert | lundi ?", "Non.", ""], ["Marge ?", "40 %", "interne"]]
    )
    found = await read("faq.xlsx", raw)
    assert [(one.title, one.text, one.visibility) for one in found] == [
        ("Ouvert | lundi ?", "Non.", "public"),
        ("Marge ?", "40 %", "internal"),
    ]


@pytest.mark.parametrize(
    ("name", "raw"), [("x.pdf", b"%PDF-1.4 broken"), ("x.docx", b"PK\x03\x04 broken"), ("x.pdf", b"")]
)
async def test_a_document_that_cannot_be_read_says_why(name: str, raw: bytes) -> None:
    with pytest.raises(SettingsError) as refused:
        await read(name, raw)
    assert refused.value.reason.code.startswith(("attachment.", "knowledge.nothing"))


# --- long texts


def sentence(number: int) -> str:
    return f"Sentence number {number} tells what M. Dupont did on 3.5 days of the year."


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    found = pieces(" ".join(map(sentence, range(60))))
    assert all(len(piece) <= PIECE and piece.endswith(".") and piece.startswith("Sentence") for piece in found)
    assert " ".join(found) == " ".join(map(sentence, range(60)))


def test_a_list_stays_whole_and_with_what_leads_to_it() -> None:
    before = " ".join(map(sentence, range(18)))
    items = "\n".join(f"- item {n} costs {n} euros and is sent by post" for n in range(25))
    found = pieces(f"{before}\n\nThese are the items:\n\n{items}\n\nAnd that was all.")
    assert f"These are the items:\n\n{items}" in "\n".join(found)
    assert any(items in piece and "These are the items:" in piece for piece in found)


def test_a_heading_is_never_the_end_of_a_piece() -> None:
    text = "\n\n".join(f"Heading {n}\n\n{' '.join(map(sentence, range(n, n + 6)))}" for n in range(12))
    assert all(not piece.endswith(f"Heading {n}") for piece in pieces(text) for n in range(12))


@pytest.mark.parametrize(
    "text", ["", "short", "a" * 5000, "- a\n" * 5000, "A b. " * 5000, "\n\n" * 5000, "x\n\n" * 5000]
)
def test_nothing_is_lost_whatever_it_looks_like(text: str) -> None:
    assert "".join("".join(pieces(text)).split()) == "".join(text.split())
