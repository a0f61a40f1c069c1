"""The one predicate that keeps mail loops away: every line of its docstring, in the spellings that the world sends."""

import inspect
import re

import pytest

from repondeur.mail.automatic import automatic
from repondeur.mail.machine_address import machine_address
from repondeur.mail.parse import parse
from repondeur.texts import LANGUAGES, catalogue, render

PERSON = {"From": "Jo <jo@client.example>", "Subject": "A question", "Message-ID": "<a@client.example>"}


def mail(content="Where is my order?", **fields):
    """A person's mail, with these header fields ("_" for "-") changed or added."""
    header = {**PERSON, **{name.replace("_", "-"): value for name, value in fields.items()}}
    return parse("".join(f"{name}: {value}\n" for name, value in header.items()).encode() + b"\n" + content.encode())


def mixed(media_type):
    """The content of a multipart/mixed with one part of this type."""
    return f"--m\n\nhi\n--m\nContent-Type: {media_type}\n\nx: y\n--m--\n"


MIXED = "multipart/mixed; boundary=m"


def report(kind, part="text/plain"):
    body = f"--r\n\nSee below.\n--r\nContent-Type: {part}\n\nx: y\n--r--\n"
    return mail(body, Content_Type=f'multipart/report; report-type={kind}; boundary="r"')


def calendar(method, text):
    """A mail with this text and an event."""
    event = f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n"
    body = f"--m\n\n{text}\n--m\nContent-Type: text/calendar; method={method}\n\n{event}--m--\n"
    return mail(body, Content_Type="multipart/alternative; boundary=m")


CASES = [
    # bounces
    ("delivery_report", "bounce", report("delivery-status")),
    ("delivery_report", "bounce", report("Delivery-Status")),
    ("delivery_report", "bounce", mail(mixed("message/delivery-status"), Content_Type=MIXED)),
    ("bounce_field", "bounce", mail(X_Failed_Recipients="x@y.example")),
    ("daemon", "bounce", mail(From="MAILER-DAEMON@mx.example")),
    ("daemon", "bounce", mail(From="Mail Delivery Subsystem <mailer-daemon@mx.example>")),
    ("daemon", "bounce", mail(From="Mailer_Daemon <mailer_daemon@mx.example>")),
    ("daemon", "bounce", mail(From="PostMaster@mx.example")),
    ("daemon", "bounce", mail(From="Mail Delivery System <x@mx.example>")),
    ("daemon", "bounce", mail(From="MAILER-DAEMON (Mail Delivery System)")),
    ("returned_mail", "bounce", mail("550 5.1.1 user unknown", Return_Path="<>", Auto_Submitted="auto-generated")),
    ("returned_mail", "bounce", mail(Return_Path="<>", Subject="Undelivered Mail Returned to Sender")),
    ("returned_mail", "bounce", mail(mixed("message/rfc822"), Return_Path="<>", Content_Type=MIXED)),
    ("bounce_subject", "bounce", mail(Subject="Undelivered Mail Returned to Sender")),
    ("bounce_subject", "bounce", mail(Subject="UNDELIVERABLE: your order")),
    ("bounce_subject", "bounce", mail(Subject="Returned mail: see transcript for details")),
    ("bounce_subject", "bounce", mail(Subject="failure notice")),
    ("bounce_subject", "bounce", mail(Subject="Non remis : votre commande")),
    ("bounce_subject", "bounce", mail(Subject="Unzustellbar: Ihre Bestellung")),
    ("bounce_subject", "bounce", mail(Subject="No se puede entregar: pedido")),
    ("bounce_subject", "bounce", mail("Hi. This is the mail program. I gave up.", Subject="failure notice")),
    (
        "bounce_subject",
        "bounce",
        mail(
            f"Le message n'a pas pu être remis.\n{'Détails. ' * 50}\nBonjour, je cherche mon colis.",
            Subject="Message non remis au destinataire",
        ),
    ),
    ("server_text", "bounce", mail("Diagnostic-Code: smtp; 550 5.1.1 user unknown", Subject="Delivery failure")),
    # reports of programs
    ("report", "automatic", report("disposition-notification")),
    ("report", "automatic", report("feedback-report")),
    ("report", "automatic", report("anything-else")),
    ("report", "automatic", mail("x: y", Content_Type="message/disposition-notification")),
    ("report", "automatic", report("tlsrpt")),
    ("report", "automatic", mail(mixed("application/tlsrpt+gzip"), Content_Type=MIXED)),
    ("report", "automatic", mail(Subject="Report Domain: x.example Submitter: google.com Report-ID: 12")),
    ("report", "automatic", mail(Subject="Cron <root@srv> /usr/bin/backup", From="root@srv.example")),
    (
        "report",
        "automatic",
        mail("Votre message\n À : Jo\n Objet : prix\na été lu le 3/11/2025 10:00.", Subject="Lu : prix"),
    ),
    # answers to invitations
    ("calendar_reply", "automatic", calendar("REPLY", "")),
    ("calendar_reply", "automatic", calendar("REPLY", "Jo Doe has accepted this invitation.")),
    ("calendar_reply", "automatic", calendar("REPLY", "Jo Doe a refusé cette invitation.")),
    # lists
    ("list_field", "list", mail(List_Id="<talk.example.org>")),
    ("list_field", "list", mail(LIST_ID="Talk <talk.example.org>")),
    ("list_field", "list", mail(List_Unsubscribe="<https://l.example/u>")),
    ("list_field", "list", mail(List_Post="<mailto:talk@l.example>")),
    ("list_field", "list", mail(Mailing_List="list talk@l.example; contact x")),
    ("server_text", "bounce", mail("Reporting-MTA: dns; mx.example\nFinal-Recipient: rfc822; jo@x.example")),
    ("bounce_subject", "bounce", mail(Subject="Courrier non distribué, retourné à l'expéditeur")),
    ("delivery_report", "bounce", mail(Content_Type="multipart/report; report-type=delivery-status")),
    ("no_reply", "automatic", mail(From="Jo <jo@users.noreply.example>")),
    ("no_reply", "automatic", mail(From="Jo <jo@no-reply.client.example>")),
    ("says_so", "automatic", mail("Ceci est une réponse automatique.")),
    ("away_subject", "automatic", mail(Subject="Réponse auto : commande")),
    ("away_subject", "automatic", mail(Subject="Congé maternité Re: commande", In_Reply_To="<1@shop.example>")),
    ("report", "automatic", mail("Jo would like to recall the message \"order\".", Subject="Recall: order")),
    ("report", "automatic", mail("Votre message a été supprimé sans avoir été lu.", Subject="Non lu : commande")),
    ("report", "automatic", mail("Ceci est un accusé de lecture pour le courriel.", Subject="Accusé de lecture – x")),
    ("list_field", "list", mail(Sender="garden-bounces@l.example")),
    ("list_field", "list", mail(Sender="garden-request@l.example")),
    ("list_field", "list", mail(Sender="Garden <garden-bounces+jo=client.example@l.example>")),
    ("list_field", "list", mail(Sender="owner-garden@l.example")),
    ("list_field", "list", mail(Sender="MAILER-DAEMON@mx.example")),
    ("precedence", "list", mail(Precedence="list")),
    ("precedence", "list", mail(PRECEDENCE="List")),
    # other programs
    ("precedence", "automatic", mail(Precedence="bulk")),
    ("precedence", "automatic", mail(precedence="BULK")),
    ("precedence", "automatic", mail(Precedence="junk")),
    ("precedence", "automatic", mail(Precedence="auto_reply")),
    ("precedence", "automatic", mail(Precedence=" auto-reply ; x=y")),
    ("auto_submitted", "automatic", mail(Auto_Submitted="auto-replied")),
    ("auto_submitted", "automatic", mail(auto_submitted="Auto-Generated")),
    ("auto_submitted", "automatic", mail(Auto_Submitted='auto-replied; owner-email="x@y.example"')),
    ("auto_submitted", "automatic", mail(Auto_Submitted="auto-notified (by a calendar)")),
    ("auto_submitted", "automatic", mail(Auto_Submitted="(no) auto-generated")),
    ("auto_submitted", "automatic", mail(Auto_Submitted="no auto-replied")),
    ("auto_submitted", "automatic", mail(Auto_Submitted="no, auto-replied")),
    ("suppress", "automatic", mail(X_Auto_Response_Suppress="All")),
    ("suppress", "automatic", mail(X_Auto_Response_Suppress="DR, oof, AutoReply")),
    ("suppress", "automatic", mail(X_AUTO_RESPONSE_SUPPRESS="rn,nrn,autoreply")),
    ("machine_field", "automatic", mail(X_Autoreply="yes")),
    ("machine_field", "automatic", mail(X_Autorespond="Re: hello")),
    ("machine_field", "automatic", mail(X_AutoResponse="1")),
    ("machine_field", "automatic", mail(X_Auto_Reply_From="jo@client.example")),
    ("machine_field", "automatic", mail(X_Loop="jo@client.example")),
    ("machine_field", "automatic", mail(X_MS_Exchange_Inbox_Rules_Loop="jo@client.example")),
    ("machine_field", "automatic", mail(X_MS_Exchange_Generated_Message_Source="Mailbox Rules Agent")),
    ("machine_field", "automatic", mail(X_Apple_Action="Vacation")),
    ("machine_field", "automatic", mail(Delivered_To="Autoresponder")),
    ("machine_field", "automatic", mail(Feedback_ID="1.eu:x:y")),
    ("machine_field", "automatic", mail(X_Autoreply_From="jo@client.example")),
    ("machine_field", "automatic", mail(X_Autoresponder="1")),
    ("machine_field", "automatic", mail(X_GitHub_Reason="mention")),
    ("machine_field", "automatic", mail(X_GitLab_Project="shop")),
    ("machine_field", "automatic", mail(X_JIRA_FingerPrint="x")),
    ("machine_field", "automatic", mail(X_MC_User="x")),
    ("machine_field", "automatic", mail(X_RT_Loop_Prevention="x")),
    ("machine_field", "automatic", mail(X_Mailer="MailChimp Mailer - **CID1**")),
    ("machine_field", "automatic", mail(X_Mailer="vacation 1.2.7")),
    ("machine_field", "automatic", mail(X_POST_MessageClass="9; Autoresponder")),
    ("no_reply", "automatic", mail(From="no-reply@shop.example")),
    ("no_reply", "automatic", mail(From="NoReply@shop.example")),
    ("no_reply", "automatic", mail(From="Shop <do_not_reply+77120@shop.example>")),
    ("no_reply", "automatic", mail(From="account-noreply@shop.example")),
    ("no_reply", "automatic", mail(From="ne-pas-repondre@boutique.example")),
    ("no_reply", "automatic", mail(From="NePasRepondre@boutique.example")),
    ("no_reply", "automatic", mail(From="nicht.antworten@laden.example")),
    ("program", "automatic", mail(From="Shop <newsletter@shop.example>")),
    ("program", "automatic", mail(From="notifications@service.example")),
    ("program", "automatic", mail(From='"(Cron Daemon)" <root@srv.example>')),
    ("program", "automatic", mail(From="nagios@srv.example")),
    ("program", "automatic", mail(From="owner-talk@lists.example")),
    ("program", "automatic", mail(From="majordomo@lists.example")),
    *(
        ("away_subject", "automatic", mail(Subject=subject, In_Reply_To="<1@shop.example>"))
        for subject in (
            "Auto: Re: your order", "On vacation until 12/11", "Je suis absent du 3 au 12", "Absence : retour le 12",
            "Abwesend: bis 12.", "Im Urlaub", "Ausente hasta el 12.", "Afwezig: bestelling",
            "Thank you for your message",
        )
    ),
    ("away_subject", "automatic", mail(Subject="En congés jusqu'au 12", Return_Path="<>")),
    *(
        ("says_so", "automatic", mail(text, Subject="Votre commande 77120"))
        for text in (
            "Bonjour,\n\nVotre commande est partie.\n\nCeci est un message automatique, merci de ne pas y répondre.",
            "Nous avons bien reçu votre demande. Merci de ne pas répondre à ce message.",
            "Votre dossier avance.\nNe pas répondre à cet e-mail.",
            "Cet e-mail a été envoyé automatiquement.\nMon compte : https://x.example",
            "Your parcel is on its way.\n\n*** This is an automated message. ***",
            "Your invoice is ready.\n\nPlease do not\nreply to this e-mail.",
            "Diese E-Mail wurde automatisch erstellt.",
            "Su pedido ha salido. Por favor, no responda a este correo.",
            "Dit is een automatisch bericht.",
            "Un ticket est ouvert.\n\n-- \nCe message a été généré automatiquement.",
            "Il tuo ordine è partito.\nSi prega di non rispondere a questa e-mail.",
        )
    ),
    *(
        ("challenge", "automatic", mail(Subject=subject))
        for subject in (
            "Your message to jo@x.example awaits verification", "[Boxbe] Your message to Jo Doe",
            "Votre message à Zoé est en attente d'authentification", "Verification required for your email",
        )
    ),
    *(
        ("away_subject", "automatic", mail(Subject=subject))
        for subject in (
            "Out of office", "OUT OF OFFICE: your order", "Out of the office", "Automatic reply: your order",
            "Auto-Reply: your order", "Autoreply", "Réponse automatique : commande", "Absence du bureau",
            "Congés - Réponse automatique", "Répondeur automatique",
            "Message d'absence", "Je suis absent du bureau", "Automatische Antwort: Bestellung", "Abwesenheitsnotiz",
            "Automatic reply from Jo", "OOO: back on Monday", "Jo Martin is out of the office (back on 3/11)",
            "Marie Durand est absente du bureau", "Réponse d'absence", "Accusé de réception automatique",
            "Peter Maier ist derzeit nicht im Büro", "Autosvar: order", "Automatiskt svar: order", "Fraværsmelding",
            "Automaattinen vastaus: tilaus", "Odpowiedź automatyczna: zamówienie", "Automatická odpověď: objednávka",
            "Автоответ: заказ", "Автоматический ответ: заказ", "Automatikus válasz: rendelés", "Răspuns automat: x",
            "Otomatik yanıt: sipariş", "Αυτόματη απάντηση: x", "自動応答: 注文", "【自動返信】 x", "自动回复: 订单",
            "不在のお知らせ", "자동 회신: 주문", "부재 중", "מענה אוטומטי: x", "رد تلقائي: x",
            "Respuesta automática: pedido", "Fuera de la oficina", "Risposta automatica: ordine",
            "Fuori sede", "Automatisch antwoord: bestelling", "Afwezigheidsbericht", "Resposta automática: pedido",
            "Fora do escritório", "=?utf-8?q?R=C3=A9ponse_automatique_:_x?=", "RE\u0301PONSE  AUTOMATIQUE",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    "local_part",
    [
        *("no-reply", "NoReply", "no_replies", "orders.noreply2", "noreply+77120", "do.not.reply", "noreponse"),
        *("ne_pas_repondre", "MAILER-DAEMON", "mailer.daemon2", "cron-daemon", "Postmaster", "x.postmaster"),
        *("accountnoreply", "nie-odpowiadac", "geen_antwoord", "www-data", "root", "alerts"),
        *("bounces", "news-bounce", "x-bounces+jo=client.example", "prvs=1234=jo", "srs0=ab=cd", "auto-responder"),
    ],
)
def test_addresses_that_nobody_reads(local_part):
    assert machine_address(local_part)
    assert automatic(mail(From=f"{local_part}@x.example")) is not None


@pytest.mark.parametrize(
    "local_part",
    [
        *("jo", "", "bouncer", "norbert.epply", "lademonia", "reply", "nora.reponse", "daemonique"),
        *("arno.reply", "postmasters.club", "quote-request", "roots", "marino.response"),
    ],
)
def test_addresses_of_people(local_part):
    assert not machine_address(local_part)


@pytest.mark.parametrize(
    ("code", "kind", "message"), CASES, ids=[f"{code}-{number}" for number, (code, _, _) in enumerate(CASES)]
)
def test_a_machine_wrote_it(code, kind, message):
    found = automatic(message)
    assert found is not None
    assert (found.kind, found.reason.code) == (kind, f"automatic.{code}")


ORDINARY = [
    mail(),
    mail(Return_Path="<>"),
    mail(Return_Path="<jo@client.example>"),
    mail(Auto_Submitted="no"),
    mail(Auto_Submitted="No; because=I say so"),
    mail(Auto_Submitted="(by hand) no (really)"),
    mail(Sender="secretary@client.example"),
    mail(Sender="bounce+1a2b-jo=client.example@mg.example"),
    mail(Precedence="first-class"),
    mail(Precedence="special-delivery"),
    mail(X_Auto_Response_Suppress="DR, RN, NRN"),
    mail(X_Auto_Response_Suppress="None"),
    mail(X_Autoreply="no"),
    mail(X_Apple_Action="read"),
    mail(Delivered_To="support@shop.example"),
    mail(From="norbert.eply@client.example"),
    mail(Subject="Re: Automatic reply: your order"),
    mail(Subject="RE: Réponse automatique : commande"),
    mail(Subject="Out of office hours support?"),
    mail(Subject="Office chairs out of stock"),
    mail(Subject="Absence de mon colis"),
    mail(Subject="Autonomie de la batterie"),
    mail(Subject="Vacation rental in June"),
    mail(Subject="Undelivered parcel"),
    mail(Subject="Returned parcel, refund?"),
    mail(Subject="Delivery failed twice, where is my parcel?"),
    mail(Subject="Échec de la livraison de mon colis"),
    mail(Subject="Entrega fallida de mi pedido"),
    mail(Subject="Warning light on my heater"),
    mail("I get the error 550 in your shop", Subject="Error in the shop"),
    mail(mixed("message/rfc822"), Content_Type=MIXED),
    # people write such things too
    *(
        mail(Subject=subject)
        for subject in (
            "Absence de réponse",
            "Absence du bureau la semaine prochaine, quels horaires ?",
            "Out of office printer",
            "Automatic door is broken",
            "Automatic reply not working",
            "Undeliverable parcel",
            "Failure of my oven",
            "Auto : demande de devis",
            "Auto: Versicherung kündigen",
            "Je suis absent du 3 au 12, livrez le 13",
            "En vacances : que faire de mon colis ?",
            "I am away on Friday",
            "Im Urlaub: Paket bitte später",
            "Absence : justificatif",
            "Réponse automatique absente de mon compte",
            "Répondeur automatique en panne",
            "On vacation next week, please hold my parcel",
            "Mail returned to sender, please check my address",
            "Courrier non distribué",
            "Mail delivery problem at our address",
            "Thank you for your message",
            "Read: the manual is wrong",
            "Lu : votre annonce",
            "Verification required?",
            "Bounced cheque",
            "Notification d'absence de ma fille à la cantine",
            "Report on domain names",
            "Vakantie in juni",
            "Re: Out of office: your order",
            "TR : Absence du bureau",
            "AW: Abwesenheitsnotiz: x",
            "Accusé de réception",
        )
    ),
    mail("Je reçois toujours : « Ceci est un message automatique ». Que faire ?"),
    mail("Please do not reply to this email, call me: I am on the road."),
    mail("Your page says do not reply to this message, so whom do we ask?"),
    mail("Your page says: do not reply to this message. So whom do we ask?"),
    mail("Merci de ne pas répondre trop tard."),
    mail("La réponse automatique de votre site est incompréhensible."),
    mail("The door is automatic. It does not respond."),
    mail("Bonjour, j'ai reçu l'erreur 550 5.1.1 user unknown", Subject="Échec d'envoi de mon mail"),
    mail("Bonjour, mon client n'a rien reçu : « 550 User unknown ».", Subject="Mail non remis à mon client"),
    mail("Mon client dit : 550 5.1.1. Que faire ?", Subject="Message non distribué chez vous"),
    mail("Ich bekomme diese Meldung, was tun?", Subject="Mail nicht zugestellt an Kunden"),
    mail("Hola, mi cliente no recibe nada", Subject="Correo devuelto por mi cliente"),
    mail(X_Report_Abuse="abuse@host.example"),
    mail("I get 550 5.1.1 user unknown when I write to you", Subject="Mail delivery failing"),
    mail(In_Reply_To="<1@shop.example>", Feedback_ID="1.eu-west-1.x:AmazonSES", X_SES_Outgoing="2025.11.03-1.2.3.4"),
    mail(X_SG_EID="abc", X_Mailer="PHPMailer 6.8"),
    mail(X_Mailgun_Sid="abc", X_Mandrill_User="md_1"),
    mail(X_Yahoo_Newman_Property="ymail-3"),
    mail(X_Mailer="Microsoft Outlook 16.0", Precedence="normal", X_Priority="3"),
    mail(Return_Path="<>", Subject="Où est mon colis ?"),
    calendar("REQUEST", ""),
    calendar("COUNTER", ""),
    calendar("CANCEL", ""),
    calendar("REPLY", "Yes, but could we start at noon?"),
    mail(From="newsletter.fan@client.example"),
    mail(From="owner@client.example"),
    mail("Quand livrez-vous ?", Subject="Rappel : commande 77120"),
    mail("Nous sommes en congé maternité.", Subject="Congé maternité : qui nous livre ?"),
    mail(From="arno.reply@client.example"),
    mail(From="jo@reply.client.example"),
    mail(
        "My provider says:\nReporting-MTA: dns; mx.example\nFinal-Recipient: rfc822; you@shop.example\nCan you read me?"
    ),
    mail(From="System Administrator <admin@client.example>"),
]


@pytest.mark.parametrize("message", ORDINARY, ids=lambda message: message.subject)
def test_a_person_wrote_it(message):
    assert automatic(message) is None


def test_every_case_of_the_docstring_is_tested_and_has_its_sentence():
    promised = set(re.findall(r"automatic\.(\w+)", inspect.getdoc(automatic) or ""))
    assert promised == {code for code, _, _ in CASES} == set(catalogue("automatic"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_name_the_field_and_are_clean(language):
    found = automatic(mail(Auto_Submitted="auto-replied;" + "x" * 900))
    assert found is not None
    sentence = render(found.reason, language)
    assert "auto-submitted" in sentence
    assert len(sentence) < 300
    assert sentence.replace("\u00a0", " ").replace("\u202f", " ").isprintable()
