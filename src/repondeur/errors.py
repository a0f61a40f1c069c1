"""Every failure that we can name.

RepondeurError
├── SettingsError            a setting is unknown or impossible; the program does not start
├── TemporaryError           the same step may succeed later
│   ├── MailboxUnavailable   no connection, server busy, IMAP NO [UNAVAILABLE] (RFC 5530), SMTP 4yz
│   ├── EngineUnavailable    the model is down, slow, or over its limit
│   ├── StoreUnavailable     database away, disk full
│   └── OutgoingUnavailable  another system cannot be reached, or is busy; it has done nothing
├── LoginRefused             IMAP NO [AUTHENTICATIONFAILED] (RFC 5530), SMTP 535 (RFC 4954)
├── MessageGone              the message is no longer where it was
├── FolderMissing            a configured folder does not exist on the server
├── MessageUnreadable        over a limit of the parser, or it made the parser fail
├── SubmissionRefused        the server said no, for good (SMTP 5yz); nothing left
├── SubmissionUnknown        the line was lost after the final dot: it may have left, or not (RFC 1047)
├── OutgoingRefused          another system said no, or must not be asked at all; it has done nothing
├── OutgoingUnknown          another system was asked, and what it made of that is not known
├── EngineAnswerInvalid      the model answered, but not with what was asked
└── ClaimLost                another worker has taken this mail over: stop at once and touch nothing

An error outside this tree counts as temporary: it is retried a few times and then shown to a person.
"""

from typing import TYPE_CHECKING, ClassVar

from repondeur.texts import Language, Param, Reason, hint, render

if TYPE_CHECKING:
    from repondeur.policy.analysis import Usage


class RepondeurError(Exception):
    """A failure with a reason that people can read.

    code: an entry of the text catalogue, e.g. "imap.login_refused"; params: what its sentence speaks of.
    temporary: the same step may succeed later.
    """

    temporary: ClassVar[bool] = False

    def __init__(self, code: str, /, **params: Param) -> None:
        super().__init__(code)
        self.reason = Reason(code, params)

    def __str__(self) -> str:
        return render(self.reason)

    def hint(self, language: Language = "en") -> str:
        return hint(self.reason, language)


class SettingsError(RepondeurError):
    """problems: everything that is wrong with the settings, at once; empty when the code says it all."""

    def __init__(self, code: str, /, *, problems: tuple[Reason, ...] = (), **params: Param) -> None:
        super().__init__(code, **params)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(render, self.problems)])


class TemporaryError(RepondeurError):
    temporary = True


class MailboxUnavailable(TemporaryError):
    pass


class EngineUnavailable(TemporaryError):
    """usage: completions that were paid for before it failed, None for none. maybe_done: the server may have done, and
    counted, one that we have not seen. retry_after: seconds that the server asks us to wait, if it does."""

    usage: "Usage | None" = None
    maybe_done: bool = False
    retry_after: float | None = None


class StoreUnavailable(TemporaryError):
    pass


class OutgoingUnavailable(TemporaryError):
    """retry_after: seconds that the system asks us to wait, if it does."""

    retry_after: float | None = None


class LoginRefused(RepondeurError):
    pass


class MessageGone(RepondeurError):
    pass


class FolderMissing(RepondeurError):
    pass


class MessageUnreadable(RepondeurError):
    pass


class SubmissionRefused(RepondeurError):
    pass


class SubmissionUnknown(RepondeurError):
    pass


class OutgoingRefused(RepondeurError):
    pass


class OutgoingUnknown(RepondeurError):
    pass


class EngineAnswerInvalid(RepondeurError):
    """usage: the completions that were paid for, None for none. maybe_done: as for EngineUnavailable."""

    usage: "Usage | None" = None
    maybe_done: bool = False


class ClaimLost(RepondeurError):
    pass
