"""What can be made to go wrong, all of it by a seed, so that a failing test fails again."""

import random
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.support.graph.failures import GraphError, LineDropped, over_the_limit

_TEXTS = {
    429: ("ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", "The gateway did not get an answer in time."),
    502: ("BadGateway", "Bad gateway."),
    500: ("InternalServerError", "An internal server error has occurred."),
}


@dataclass
class Throttle:
    share: float
    status: int
    retry_after: float | None
    path: str
    times: int | None
    code: str


@dataclass
class Trouble:
    """Knobs. Those that count down say how many more times it happens. links_to: where nextLink and deltaLink point.
    circles: the nextLink of a list leads to the same page.

    new_message_ids: whether sending puts an own Message-ID. without_mime: refusals of /$value by message.
    token_lifetime: of tokens issued from now on, in seconds. revoke_tokens(): every token there is stops working.
    refuse_sign_in(code): with that AADSTS code; "" for no more.
    """

    seed: int = 1
    links_to: str = ""
    circles: bool = False
    new_message_ids: bool = False
    empty_pages: int = 0
    repeats: int = 0
    partial: int = 0
    resets: int = 0
    reset_status: int = 410
    reset_code: str = "syncStateNotFound"
    lost_notices: float = 0.0
    copies: int = 0
    shuffled_notices: bool = False
    without_mime: dict[str, GraphError] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    is_offline: bool = False
    token_lifetime: int = 3599
    delay: float | None = None
    held: list[Callable[[], None]] | None = None

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._throttles: list[Throttle] = []
        self._drops: list[tuple[list[object], str]] = []
        self._slow: list[tuple[float, str]] = []
        self._lock = threading.Lock()
        self.hang_up: Callable[[], None] = lambda: None
        self.revoke_tokens: Callable[[], None] = lambda: None
        self.refuse_sign_in: Callable[[str], None] = lambda _: None

    # The network

    def throttle(
        self,
        share: float,
        status: int = 429,
        retry_after: float | None = 1,
        *,
        path: str = "",
        times: int | None = None,
        code: str = "",
    ) -> None:
        """That share of requests, of those whose "METHOD path" matches, is refused; times: and only so often. code: of
        the error, in place of the one that goes with the status."""
        self._throttles.append(Throttle(share, status, retry_after, path, times, code))

    def drop_line(self, *, after: str = "", before: str = "", times: int = 1, path: str = "") -> None:
        """The next requests whose last segment (or "METHOD segment") is that, and whose path matches: carried out
        (after) or not (before), and the line then closed without an answer."""
        self._drops.append(([after, before, times], path))

    def fail_after_send(self, times: int = 1) -> None:
        """The mail leaves, and the line drops."""
        self.drop_line(after="send", times=times)

    def slow(self, seconds: float, path: str = "") -> None:
        """Requests whose "METHOD path" matches take longer."""
        self._slow.append((seconds, path))

    def offline(self) -> None:
        """No line works, until online()."""
        self.is_offline = True
        self.hang_up()

    def online(self) -> None:
        self.is_offline = False

    def clear(self) -> None:
        """No throttling, dropping or slowness any more."""
        self._throttles.clear()
        self._drops.clear()
        self._slow.clear()

    # Sign-in

    def wrong_secret(self) -> None:
        self.refuse_sign_in("7000215")

    def expired_secret(self) -> None:
        self.refuse_sign_in("7000222")

    def no_consent(self) -> None:
        self.refuse_sign_in("65001")

    def unknown_tenant(self) -> None:
        self.refuse_sign_in("90002")

    def unknown_application(self) -> None:
        self.refuse_sign_in("700016")

    def sign_in_down(self) -> None:
        self.refuse_sign_in("90033")

    def sign_in_works(self) -> None:
        self.refuse_sign_in("")

    # Mail

    def no_mime(self, message_id: str, status: int = 500) -> None:
        """Graph cannot give this message as MIME."""
        text = "The MIME content of the item could not be made."
        self.without_mime[message_id] = GraphError(status, "ErrorMimeContentConversionFailed", text)

    def huge(self, message_id: str, size: int) -> None:
        """/$value of this message is that many octets; nothing of it is kept in memory."""
        self.sizes[message_id] = size

    def send_delay(self, seconds: float | None) -> None:
        """What is accepted for sending leaves later; it lies in Drafts until then."""
        self.delay = seconds

    def hold_sends(self) -> None:
        """What is accepted for sending lies in Drafts until release_sends()."""
        self.held = []

    def release_sends(self) -> None:
        waiting, self.held = self.held or [], None
        for finish in waiting:
            finish()

    def padded(self, raw: bytes, size: int) -> Iterator[bytes]:
        yield raw
        left = size - len(raw)
        row = (b"x" * 76 + b"\r\n") * 1024
        while left > 0:
            yield row[:left]
            left -= len(row)

    # Delta

    def delta_reset(self, status: int = 410, code: str = "syncStateNotFound", times: int = 1) -> None:
        """The next delta requests with a token are told to start over: 410 with Location, or 400 or 404."""
        self.reset_status, self.reset_code, self.resets = status, code, times

    def delta_empty_pages(self, times: int = 1) -> None:
        """The next pages are empty, with a nextLink."""
        self.empty_pages = times

    def delta_repeats(self, times: int = 1) -> None:
        """The next pages tell one message twice."""
        self.repeats = times

    def delta_partial(self, times: int = 1) -> None:
        """The next objects carry id and isRead only, whatever was selected."""
        self.partial = times

    # Notices

    def lose_notices(self, share: float) -> None:
        """That share of the notices of changes made from now on is never posted; lifecycle notices are."""
        self.lost_notices = share

    def duplicate_notices(self, copies: int = 1) -> None:
        """So many more of each notice."""
        self.copies = copies

    def reorder_notices(self, on: bool = True) -> None:
        """Those that are posted together come in any order."""
        self.shuffled_notices = on

    # What the server asks

    def check_throttled(self, method: str, path: str) -> None:
        with self._lock:
            for one in self._throttles:
                if one.times == 0 or not re.search(one.path, f"{method} {path}") or self.random.random() >= one.share:
                    continue
                one.times = None if one.times is None else one.times - 1
                error = over_the_limit()
                usual, text = _TEXTS.get(one.status, ("UnknownError", ""))
                code = one.code or usual
                headers = {} if one.retry_after is None else {"Retry-After": f"{one.retry_after:g}"}
                error.status, error.code, error.message, error.headers = one.status, code, text, headers
                raise error

    def check_dropped(self, method: str, path: str, *, done: bool) -> None:
        last = path.rpartition("/")[2]
        with self._lock:
            for row, matching in self._drops:
                wanted = row[0] if done else row[1]
                if wanted and row[2] and wanted in {last, f"{method} {last}"} and re.search(matching, path):
                    row[2] = int(str(row[2])) - 1
                    raise LineDropped

    def extra_latency(self, method: str, path: str) -> float:
        return sum(seconds for seconds, wanted in self._slow if re.search(wanted, f"{method} {path}"))
