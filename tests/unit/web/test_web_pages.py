"""The pages, as a browser gets them."""

import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from markupsafe import escape
from tests.support.console import ANALYSIS, DETAIL, MESSAGE, NOW, ROW, WHY, FakeConsole

from repondeur.errors import RepondeurError, StoreUnavailable
from repondeur.mail.message import Address, Attachment, Forward
from repondeur.policy.analysis import ENTITY_TYPES, PRIORITIES, SENTIMENTS, Chosen, Entity, PassedOver
from repondeur.policy.intents import INTENTS
from repondeur.store.review import LeftToDo
from repondeur.texts import LANGUAGES, Language, Reason, catalogue, render
from repondeur.web.app import create_app
from repondeur.web.console import Detail, Recorded, Reply, Step, Subscribed
from repondeur.web.view import MOST_TEXT, STATES

PAGES = (
    "/",
    "/?before=3",
    "/messages/7",
    "/messages/8",
    "/messages/8/page",
    "/nowhere",
    "/health",
    "/ready",
    "/metrics",
)


def browse(console: FakeConsole, path: str = "/", language: str = "en", method: str = "GET") -> Response:
    client = TestClient(create_app(console), "http://localhost", raise_server_exceptions=False)
    return client.request(method, path, headers={"Accept-Language": language})


def shown(**changed: object) -> Detail:
    return replace(DETAIL, **changed)


class TestTheList:
    @pytest.mark.parametrize(("language", "word"), [("en", "Answered"), ("fr", "Répondu")])
    def test_each_mail_with_its_state_and_reason(self, language: Language, word: str) -> None:
        page = browse(FakeConsole(), language=language)
        assert page.status_code == 200
        assert page.headers["content-language"] == language
        assert page.headers["vary"] == "Accept-Language"
        for text in (
            "Délai ?",
            "Claire &lt;claire@client.example&gt;",
            word,
            render(WHY, language),
            'href="/messages/7"',
        ):
            assert text in page.text

    @pytest.mark.parametrize("state", STATES)
    def test_a_state_is_a_word_and_a_colour(self, state: str) -> None:
        page = browse(FakeConsole(rows=[replace(ROW, state=state)]))
        assert f'class="badge {state}">{catalogue("web")[f"state_{state}"]["en"]}<' in page.text

    def test_a_mail_on_its_way_has_a_step_and_no_reason_yet(self) -> None:
        page = browse(FakeConsole(rows=[replace(ROW, state="understand", reason=None)]))
        assert 'class="badge working">Being read<' in page.text

    def test_a_step_that_nobody_has_named_yet(self) -> None:
        assert ">brand_new<" in browse(FakeConsole(rows=[replace(ROW, state="brand_new")])).text

    def test_a_reason_whose_sentence_is_gone_shows_its_code(self) -> None:
        for code in ("gone.area", "web.gone", "demo.port_taken"):
            page = browse(FakeConsole(rows=[replace(ROW, reason=Reason(code))]))
            assert page.status_code == 200
            assert code in page.text

    @pytest.mark.parametrize(("language", "word"), [("en", "(forgotten)"), ("fr", "(effacé)")])
    def test_a_mail_that_was_purged_says_so(self, language: Language, word: str) -> None:
        row = replace(ROW, subject="", author="", state="ignored", reason=Reason("privacy.forgotten"))
        console = FakeConsole(rows=[row], detail=shown(row=row, message=None, reply=None))
        page = browse(console, language=language).text
        assert (word in page, f"{row.id} ·" in page) == (True, False)
        assert browse(console, "/messages/7", language=language).text.count(word) >= 3, "title, author, subject"

    def test_a_moment_names_its_zone(self) -> None:
        zone = NOW.astimezone().strftime("%Z")
        assert re.search(rf"\d\d:\d\d {re.escape(zone)}<", browse(FakeConsole()).text)

    def test_no_subject(self) -> None:
        assert "(no subject)" in browse(FakeConsole(rows=[replace(ROW, subject=" \r\n")])).text

    def test_an_empty_list_says_what_to_do(self) -> None:
        assert "repondeur check" in browse(FakeConsole(rows=[])).text
        assert "Écrivez à l’adresse surveillée" in browse(FakeConsole(rows=[]), language="fr").text

    def test_older_mails_are_a_page_away(self) -> None:
        console = FakeConsole(rows=[replace(ROW, id=number, subject=f"Mail {number}.") for number in range(60, 0, -1)])
        first = browse(console)
        assert "Mail 11." in first.text
        assert "Mail 10." not in first.text
        assert 'href="/?before=11"' in first.text
        second = browse(console, "/?before=11")
        assert "Mail 10." in second.text
        assert "before=" not in second.text

    def test_exactly_one_page_has_no_older_one(self) -> None:
        console = FakeConsole(rows=[replace(ROW, id=number) for number in range(50, 0, -1)])
        assert "before=" not in browse(console).text

    def test_behind_the_last_page(self) -> None:
        assert "There is no older mail." in browse(FakeConsole(), "/?before=1").text

    @pytest.mark.parametrize(
        ("given", "before"),
        [
            ("12", 12),
            ("", None),
            ("x", None),
            ("-1", None),
            ("1e3", None),
            ("²", None),
            ("٣", None),
            ("9" * 19, None),
            (str(2**63 - 1), 2**63 - 1),
            (str(2**63), None),
            ("9" * 5000, None),
        ],
    )
    def test_what_the_address_may_ask_for(self, given: str, before: int | None) -> None:
        console = FakeConsole()
        assert browse(console, f"/?before={given}").status_code == 200
        assert console.asked == [(51, before)]


class TestOneMail:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_its_whole_way(self, language: Language) -> None:
        page = browse(FakeConsole(), "/messages/7", language)
        assert page.status_code == 200
        texts = ["Combien de jours ?", "&gt; avant", "Claire M.", "le message transmis", "plan.pdf", "58213"]
        texts += ["Asks how long it takes", "kb:delais-livraison", "Deux à quatre jours.", "some_new_step"]
        for text in texts:
            assert text in page.text
        assert render(WHY, language) in page.text

    def test_a_reason_that_comes_again_is_said_once(self) -> None:
        row = replace(ROW, reason=Reason("demo.not_loopback", {"host": "elsewhere"}))
        detail = shown(row=row, steps=(Step("decide", NOW, WHY), Step("end", NOW, WHY)), decision=None)
        assert browse(FakeConsole(detail=detail), "/messages/7").text.count(render(WHY)) == 1

    @pytest.mark.parametrize(("reason", "times"), [(WHY, 1), (Reason("demo.not_loopback", {"host": "x"}), 2)])
    def test_the_decision_gives_its_own_reason_where_it_has_one(self, reason: Reason, times: int) -> None:
        detail = shown(steps=(), decision=replace(DETAIL.decision, reason=reason))
        page = browse(FakeConsole(detail=detail), "/messages/7").text
        assert page.count(render(WHY)) + page.count("not on x") == times

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_which_model_was_asked_and_why(self, language: Language) -> None:
        why, away = Reason("model.default"), Reason("engine.unreachable", {"server": "gpu.local:11434"})
        chosen = Chosen("<fast>", why, (PassedOver("house", away),))
        page = browse(FakeConsole(detail=shown(analysis=replace(ANALYSIS, chosen=chosen))), "/messages/7", language)
        for text in ("&lt;fast&gt;", render(why, language), "house", escape(render(away, language))):
            assert str(text) in page.text
        word = catalogue("web")["fact_passed_over"][language]
        assert word in page.text
        alone = browse(FakeConsole(), "/messages/7", language).text
        assert render(why, language) not in alone
        assert word not in alone

    @pytest.mark.parametrize(
        ("left", "said"),
        [("waiting", {"approve", "reject"}), ("done_by_hand", {"reject"}), ("no_answer", {"retry"}), (None, set())],
    )
    def test_what_is_left_for_a_person_is_said(self, left: LeftToDo | None, said: set[str]) -> None:
        page = browse(FakeConsole(detail=shown(row=replace(ROW, state="held"), left_to_do=left)), "/messages/7")
        assert {word for word in ("approve", "reject", "retry") if f"repondeur {word} 7" in page.text} == said

    @pytest.mark.parametrize(("sent", "title"), [(True, "Answer sent"), (False, "Proposed answer")])
    def test_whether_the_answer_has_left(self, sent: bool, title: str) -> None:
        detail = shown(reply=Reply("claire@client.example", "Re", "Text", sent))
        assert title in browse(FakeConsole(detail=detail), "/messages/7").text

    def test_a_mail_of_which_nothing_is_known_yet(self) -> None:
        page = browse(FakeConsole(detail=Detail(replace(ROW, state="receive", reason=None))), "/messages/7")
        assert "Nothing was done with it yet." in page.text
        assert "What this mail said has been forgotten" in page.text

    @pytest.mark.parametrize("path", ["8", "0", "-7", "seven", "7.0", "9" * 30, "9" * 5000, "", "7/x", "%00"])
    def test_there_is_no_such_mail(self, path: str) -> None:
        page = browse(FakeConsole(), f"/messages/{path}", "fr")
        assert page.status_code == 404
        assert "Cette page n’existe pas" in page.text

    def test_a_very_long_text_is_cut(self) -> None:
        detail = shown(message=replace(MESSAGE, text="x" * (MOST_TEXT + 1), quoted=""))
        page = browse(FakeConsole(detail=detail), "/messages/7")
        assert "x" * MOST_TEXT in page.text
        assert "x" * (MOST_TEXT + 1) not in page.text
        assert "[…]" in page.text

    def test_signs_that_html_cannot_hold(self) -> None:
        text = "a\ud800b \x00\x1b[31m\x85 é\r\nnext"
        page = browse(FakeConsole(detail=shown(message=replace(MESSAGE, text=text))), "/messages/7")
        assert page.status_code == 200
        assert "a?b [31m é\nnext" in page.text


class TestAsItWasLaidOut:
    PAGE = '<p style="color:red">Bonjour <b>Anne</b></p><script>alert(1)</script><img src="https://evil.example/x">'

    def browse(self, html: str, path: str = "/messages/7/page") -> Response:
        return browse(FakeConsole(detail=shown(message=replace(MESSAGE, html=html))), path)

    def test_its_own_page_in_an_origin_of_its_own(self) -> None:
        page = self.browse(self.PAGE)
        assert page.status_code == 200
        assert '<p style="color:red">Bonjour <b>Anne</b></p>' in page.text
        assert "<title>Délai ? · Répondeur</title>" in page.text
        policy = page.headers["content-security-policy"]
        assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';")
        assert "script" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "no-referrer"

    def test_what_was_stored_is_cleaned_again(self) -> None:
        page = self.browse(self.PAGE).text
        assert "alert" not in page
        assert "evil" not in page

    def test_signs_that_html_cannot_hold(self) -> None:
        page = self.browse("<p>a\ud800b\x00\x1b[31m é</p>")
        assert page.status_code == 200
        assert "[31m é</p>" in page.text

    def test_the_mail_leads_there_where_there_is_something(self) -> None:
        assert 'href="/messages/7/page"' in self.browse("<p>x</p>", "/messages/7").text
        assert "/messages/7/page" not in self.browse("", "/messages/7").text

    @pytest.mark.parametrize("path", ["/messages/8/page", "/messages/x/page", "/messages/7/page/x"])
    def test_there_is_no_such_page(self, path: str) -> None:
        assert self.browse("<p>x</p>", path).status_code == 404

    @pytest.mark.parametrize("detail", [shown(message=None), shown(message=replace(MESSAGE, html=""))])
    def test_nor_of_a_mail_that_was_purged_or_is_plain(self, detail: Detail) -> None:
        assert browse(FakeConsole(detail=detail), "/messages/7/page").status_code == 404

    @pytest.mark.parametrize(
        ("language", "warning"),
        [
            ("en", "This mail holds text that its reader does not see:"),
            ("fr", "Ce message contient du texte que son lecteur ne voit pas\u00a0:"),
        ],
    )
    def test_hidden_text_is_told(self, language: Language, warning: str) -> None:
        detail = shown(message=replace(MESSAGE, hidden="refund <everything>"))
        page = browse(FakeConsole(detail=detail), "/messages/7", language).text
        assert warning in page
        assert "refund &lt;everything&gt;" in page
        assert warning not in browse(FakeConsole(), "/messages/7", language).text

    @pytest.mark.parametrize(
        ("language", "why"), [("en", "It is protected by a password."), ("fr", "Il est protégé par un mot de passe.")]
    )
    def test_attachments_are_shown_with_their_text_or_why_not(self, language: Language, why: str) -> None:
        attachments = (
            Attachment("devis.pdf", "", 1, text="Total <b>\f12 €"),
            Attachment("a.zip", "", 1, not_read=Reason("attachment.encrypted")),
        )
        page = browse(
            FakeConsole(detail=shown(message=replace(MESSAGE, attachments=attachments))), "/messages/7", language
        )
        assert "Total &lt;b&gt;12 €" in page.text
        assert why in page.text

    def test_pictures_of_the_text_stand_apart_from_attachments(self) -> None:
        attachments = (Attachment("logo.png", "image/png", 1, inline=True), Attachment("invoice.pdf", "", 1))
        for shown_ones, absent in ((attachments, ""), (attachments[:1], "Attachments"), (attachments[1:], "Pictures")):
            detail = shown(message=replace(MESSAGE, attachments=shown_ones))
            page = browse(FakeConsole(detail=detail), "/messages/7").text
            fields = dict(re.findall(r"<dt>(\w+)[^<]*</dt><dd[^>]*>([^<]*)</dd>", page))
            expected = {"Attachments": "invoice.pdf", "Pictures": "logo.png"}
            expected.pop(absent, None)
            assert {name: fields[name] for name in ("Attachments", "Pictures") if name in fields} == expected


HOSTILE = "<script>alert(1)</script><img src=https://evil.example/x onerror=y>\" ' &lt; {{ 7*7 }} https://evil.example"


@pytest.mark.parametrize(("language", "words"), [("en", "Approved by a person"), ("fr", "Approuvé par une personne")])
def test_what_the_record_has_on_a_mail_is_shown(language: Language, words: str) -> None:
    page = browse(FakeConsole(), "/messages/7", language).text
    assert words in page
    assert f"{'a7' * 8}… · agathe" in " ".join(page.replace("</span>", "").split())


class TestHostileMail:
    """Nothing of a mail is anything but text."""

    ROW = replace(ROW, subject=HOSTILE, author=HOSTILE, mailbox=HOSTILE, message_id=HOSTILE, state=HOSTILE)
    ALL = Detail(
        replace(ROW, reason=Reason("demo.not_loopback", {"host": HOSTILE})),
        (Step(HOSTILE, NOW, HOSTILE), Step("act", NOW, Reason(HOSTILE))),
        replace(
            MESSAGE,
            text=HOSTILE,
            hidden=HOSTILE,
            html="<p>x</p>",
            quoted=HOSTILE,
            signature=HOSTILE,
            to=(Address(HOSTILE, HOSTILE),),
            forward=Forward(Address("", ""), HOSTILE, HOSTILE, HOSTILE),
            attachments=(Attachment(HOSTILE, "", 1),),
        ),
        replace(
            ANALYSIS,
            intent=HOSTILE,
            summary=HOSTILE,
            entities=(Entity("person", HOSTILE),),
            language=HOSTILE,
            passages=(HOSTILE,),
            engine=HOSTILE,
        ),
        DETAIL.decision,
        Reply(HOSTILE, HOSTILE, HOSTILE, sent=False),
        (Recorded(1, NOW, HOSTILE, HOSTILE, HOSTILE),),
    )

    @pytest.mark.parametrize("path", ["/", "/messages/7"])
    def test_it_stays_text(self, path: str) -> None:
        page = browse(FakeConsole(rows=[self.ROW], detail=self.ALL), path).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        tags = re.findall(r"<[^>]*>", page)
        assert [tag for tag in tags if "script" in tag or "evil" in tag or "onerror" in tag] == []
        assert "49" not in page

    @pytest.mark.parametrize("path", ["/", "/messages/7", "/nowhere"])
    def test_pages_load_nothing_from_elsewhere_and_need_no_inline_style(self, path: str) -> None:
        page = browse(FakeConsole(), path).text
        for address in re.findall(r'(?:href|src)="([^"]*)"', page):
            assert re.match(r"/(?!/)", address), address
        assert re.search(r"<style|<script|\sstyle=|\son\w+=", page) is None


class TestHealth:
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_alive(self, method: str) -> None:
        answer = browse(
            FakeConsole(error=StoreUnavailable("demo.port_taken", host="h", port=1)), "/health", "fr", method
        )
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text == ("OK" if method == "GET" else "")

    def test_ready(self) -> None:
        answer = browse(FakeConsole(), "/ready")
        assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": []})

    @pytest.mark.parametrize(
        "console",
        [
            pytest.param(FakeConsole(wrong=(WHY,)), id="the console names a reason"),
            pytest.param(
                FakeConsole(error=StoreUnavailable("demo.port_taken", host="127.0.0.1", port=8000)),
                id="the console cannot even look",
            ),
        ],
    )
    def test_not_ready_says_why_and_what_to_do(self, console: FakeConsole) -> None:
        answer = browse(console, "/ready", "fr")
        (reason,) = answer.json()["reasons"]
        assert (answer.status_code, answer.json()["ready"]) == (503, False)
        assert reason["code"] == "demo.port_taken"
        assert reason["text"] == render(WHY, "fr")
        assert reason["hint"].startswith("Choisissez")

    @pytest.mark.parametrize("wrong", [(), (WHY,)])
    def test_who_tells_us_of_mail_is_shown_whether_ready_or_not(self, wrong: tuple[Reason, ...]) -> None:
        one = Subscribed("support", "inbox", "s1", NOW, NOW, None, None)
        broken = replace(one, folder="billing", id="", problem=WHY, last_notice=None)
        answer = browse(FakeConsole(subscribed=[one, broken], wrong=wrong), "/ready", "fr")
        assert answer.status_code == (503 if wrong else 200)
        first, second = answer.json()["subscriptions"]
        assert first == {
            "mailbox": "support",
            "folder": "inbox",
            "id": "s1",
            "valid_until": "2026-11-20T10:12:00Z",
            "last_notice": "2026-11-20T10:12:00Z",
            "last_check": None,
            "problem": None,
        }
        assert (second["problem"]["code"], second["problem"]["text"]) == (WHY.code, render(WHY, "fr"))

    def test_metrics_are_closed(self) -> None:
        answer = browse(FakeConsole(), "/metrics")
        assert answer.status_code == 403
        assert "repondeur_mails_total" not in answer.text
        assert "METRICS_ALLOW" in answer.text

    def test_metrics_are_open_to_an_allowed_address(self) -> None:
        answer = browse(FakeConsole(allowed=frozenset({"testclient"})), "/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.text == "repondeur_mails_total 3\n"

    def test_a_forwarded_address_opens_nothing(self) -> None:
        client = TestClient(create_app(FakeConsole(allowed=frozenset({"10.0.0.1"}))), "http://localhost")
        forged = {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1", "X-Real-IP": "10.0.0.1"}
        assert client.get("/metrics", headers=forged).status_code == 403


class TestHeaders:
    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
    @pytest.mark.parametrize("path", PAGES)
    def test_every_answer_is_locked_down(self, path: str, method: str) -> None:
        answer = browse(FakeConsole(), path, method=method)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize("path", PAGES)
    def test_head_is_get_without_a_body(self, path: str) -> None:
        get, head = browse(FakeConsole(), path), browse(FakeConsole(), path, method="HEAD")
        assert (head.status_code, head.headers["content-type"]) == (get.status_code, get.headers["content-type"])

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
    def test_pages_can_only_be_read(self, method: str) -> None:
        answer = browse(FakeConsole(), "/messages/7", method=method)
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]

    @pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
    def test_no_pages_of_the_framework(self, path: str) -> None:
        assert browse(FakeConsole(), path).status_code == 404


class TestStaticFiles:
    def test_the_files_a_page_names_are_there_and_may_be_kept(self) -> None:
        page = browse(FakeConsole()).text
        addresses = set(re.findall(r'"(/static/[^"]*)"', page))
        assert len(addresses) == 2
        for address in addresses:
            answer = browse(FakeConsole(), address)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("name", ["none.css", "..%2Fapp.py", "../app.py", "style.css/", "", "/"])
    def test_and_no_others(self, name: str) -> None:
        assert browse(FakeConsole(), f"/static/{name}").status_code == 404


class TestErrors:
    def test_a_failure_that_we_can_name(self) -> None:
        page = browse(
            FakeConsole(error=StoreUnavailable("demo.port_taken", host="127.0.0.1", port=8000)), language="fr"
        )
        assert page.status_code == 503
        assert render(WHY, "fr").replace("'", "&#39;") in page.text
        assert "Choisissez un autre port" in page.text

    def test_one_that_will_not_pass(self) -> None:
        error = RepondeurError("demo.port_taken", host="127.0.0.1", port=8000)
        assert browse(FakeConsole(error=error)).status_code == 500

    def test_one_that_we_cannot_name_gives_nothing_away(self) -> None:
        page = browse(FakeConsole(error=RuntimeError("hunter2")))
        assert page.status_code == 500
        assert "Something went wrong here" in page.text
        assert "hunter2" not in page.text
        assert "RuntimeError" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"


class TestWords:
    @pytest.mark.parametrize("area", ["web", "demo"])
    def test_every_sentence_is_there_in_both_languages(self, area: str) -> None:
        for name, entry in catalogue(area).items():
            assert {"en", "fr"} <= set(entry), name
            assert ("hint_en" in entry) == ("hint_fr" in entry), name

    def test_every_value_has_a_word(self) -> None:
        wanted = [f"intent_{value}" for value in INTENTS] + [f"priority_{value}" for value in PRIORITIES]
        wanted += [f"sentiment_{value}" for value in SENTIMENTS] + [f"entity_{value}" for value in ENTITY_TYPES]
        wanted += [f"state_{value}" for value in STATES]
        assert [name for name in wanted if name not in catalogue("web")] == []

    def test_twelve_months(self) -> None:
        assert {len(catalogue("web")["months"][language].split()) for language in LANGUAGES} == {12}
