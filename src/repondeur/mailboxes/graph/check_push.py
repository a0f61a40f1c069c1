"""Would we be told of new mail? The hook as seen from here, and the subscription as Graph and the store know it."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import httpx2

from repondeur.errors import RepondeurError
from repondeur.mailboxes import reach
from repondeur.mailboxes.base import Finding
from repondeur.mailboxes.graph import lifetime
from repondeur.mailboxes.graph.client import Client, segment
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.findings import failed, minute, ok, warning
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.hook import HookAddress
from repondeur.mailboxes.graph.lifetime import Wanted
from repondeur.mailboxes.graph.tls import tls_context
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import Ledger, Subscription
from repondeur.texts import Reason

# Minutes. Less is raised to 45 by Graph (change-notifications-overview). One that we could not delete ends by then.
TRIAL: Final = 45
UNVALIDATED: Final = frozenset({"ValidationError", "InvalidRequest"})
SHORT_SECRET: Final = 16  # characters; a shorter one might be guessed
MOST_ECHO: Final = 4_096  # octets of the hook's answer that are read


@dataclass(frozen=True, slots=True)
class Echo:
    """What the hook answered. kind: its media type."""

    status: int
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Push:
    """timeout: seconds for the hook to answer."""

    settings: GraphSettings
    client: Client
    ledger: Ledger
    folders: Folders
    timeout: float

    async def findings(self, hook: HookAddress | None, now: datetime, *, signed_in: bool) -> AsyncIterator[Finding]:
        """signed_in: whether Graph can be asked at all. Never raises."""
        try:
            known = await self.ledger.subscriptions(self.settings.name)
        except RepondeurError as error:
            yield failed("graph_subscription", error)
            return
        if hook is None:
            yield ok("graph_hook", "graph_hook_none", seconds=self.settings.poll_interval)
            for one in known:
                if one.id and one.expires > now:
                    yield warning("graph_subscription", "graph_subscription_unwanted", until=minute(one.expires))
            return
        if len(hook.secret) < SHORT_SECRET:
            yield warning("graph_hook", "graph_hook_secret_short", count=len(hook.secret))
        seen = await self._echo(hook)
        works = seen.status == "ok"
        # A machine inside a network may not see its own name as Microsoft does.
        told = not works and any(one.id and one.expires > now and one.problem is None for one in known)
        yield replace(seen, status="warning") if told else seen
        trial = signed_in and not any(one.id for one in known)
        for one in known:
            if one.problem is not None and not (trial and works):  # as whoever keeps it has noted it
                yield Finding("check.graph_subscription", "warning", one.problem)
            elif one.id and signed_in:
                yield await self._state(one)
        if trial:
            yield await self._trial(hook, now) if works else warning("graph_subscription", "graph_subscription_untried")

    # -- the hook

    async def _echo(self, hook: HookAddress) -> Finding:
        """The handshake as Graph does it (change-notifications-delivery-webhooks), with what must be decoded in it."""
        token = f"Validation: {secrets.token_urlsafe(16)} +/%"
        try:
            echoed = await self._posted(hook.url, token)
        except RepondeurError as error:
            return failed("graph_hook", error)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Finding("check.graph_hook", "failed", _unreachable(_shown(hook.url), error))
        if echoed == Echo(200, "text/plain", token.encode()):
            return ok("graph_hook", "graph_hook_answers", url=_shown(hook.url))
        return Finding("check.graph_hook", "failed", _other_answer(_shown(hook.url), echoed.status))

    async def _posted(self, url: str, token: str) -> Echo:
        target = httpx2.URL(url).copy_merge_params({"validationToken": token})
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        async with (
            httpx2.AsyncClient(verify=tls_context(self.settings), timeout=self.timeout) as http,
            http.stream("POST", target, headers=headers, follow_redirects=False) as response,
        ):
            answer = b""
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) > MOST_ECHO:
                    break
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Echo(response.status_code, kind, answer)

    # -- the subscription

    async def _state(self, known: Subscription) -> Finding:
        what = "graph_subscription"
        until = minute(known.expires)
        try:
            await self.client.root("GET", f"/subscriptions/{segment(known.id)}")
        except Refused as error:
            return warning(what, "graph_subscription_gone", until=until) if error.absent else failed(what, error)
        except RepondeurError as error:
            return failed(what, error)
        looked = minute(known.last_check or known.renewed)
        told = {"id": known.id, "until": until, "looked": looked}
        if known.last_notice is None:
            return ok(what, "graph_subscription_quiet", **told)
        return ok(what, "graph_subscription_lives", notice=minute(known.last_notice), **told)

    async def _trial(self, hook: HookAddress, now: datetime) -> Finding:
        """Has Graph make one, for which it calls the hook itself, and deletes it. Nothing knows its secret, so a notice
        of it is dropped like any other forged one."""
        what = "graph_subscription"
        try:
            folder = await self.folders.id_of(self.settings.graph_folders[0])
            made = await self.client.root("POST", "/subscriptions", self._asked(folder, hook, now))
        except Refused as error:
            return _refused(what, error)
        except RepondeurError as error:
            return failed(what, error)
        try:
            await self.client.root("DELETE", f"/subscriptions/{segment(str(made.body.get('id', '')))}")
        except RepondeurError as error:
            # Whoever keeps the real one may have been quicker to tidy up.
            if not (isinstance(error, Refused) and error.absent):
                return warning(what, "graph_subscription_left", minutes=TRIAL)
        return ok(what, "graph_subscription_made")

    def _asked(self, folder: str, hook: HookAddress, now: datetime) -> dict[str, str]:
        secret = secrets.token_urlsafe(32)
        trial = Wanted(self.settings.mailbox_user_id, folder, hook.url, secret, rich=False)
        return {
            "changeType": "created",
            "notificationUrl": trial.url,
            "lifecycleNotificationUrl": trial.url,
            "resource": trial.resource,
            "clientState": trial.secret,
            "expirationDateTime": lifetime.told_expiry(now, TRIAL),
        }


def _shown(url: str) -> str:
    """Without what may be a secret in it."""
    return url.partition("?")[0]


def _unreachable(url: str, error: Exception) -> Reason:
    """By what lies at the bottom: a certificate, a name, a port, silence."""
    bottom: BaseException = error
    while (below := bottom.__cause__ or bottom.__context__) is not None:
        bottom = below
    if isinstance(error, httpx2.TimeoutException):
        return Reason("check.graph_hook_silent", {"url": url})
    if not isinstance(bottom, OSError):
        return Reason("check.graph_hook_unreachable", {"url": url, "detail": str(bottom) or type(bottom).__name__})
    code = "certificate" if reach.cause(bottom).startswith(("certificate", "tls")) else "unreachable"
    return Reason(f"check.graph_hook_{code}", {"url": url, "detail": reach.words(bottom)})


def _other_answer(url: str, status: int) -> Reason:
    return Reason("check.graph_hook_other_answer", {"url": url, "status": status})


def _refused(what: str, error: Refused) -> Finding:
    """403: the right to read is missing, or does not count. Or Graph did not like what it met at the hook."""
    if error.status == 403:
        code = "forbidden"
    elif error.graph_code in UNVALIDATED:
        code = "not_validated"
    else:
        return failed(what, error)
    return Finding(
        f"check.{what}",
        "failed",
        Reason(f"check.graph_subscription_{code}", {"status": error.status, "code": error.graph_code or "?"}),
    )
