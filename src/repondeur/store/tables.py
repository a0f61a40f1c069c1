"""The tables. A change here needs a migration in migrations/versions; a test compares the two."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from repondeur.store.sealing import SealedJson, SealedOctets, SealedText


class Moment(TypeDecorator[datetime]):
    """A moment with its zone; SQLite keeps none, so everything is stored as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData()
Identifier = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself only for INTEGER
Json = JSON(none_as_null=True)

mail = Table(
    "mail",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("mailbox", Text, nullable=False),
    # SHA-256 of Message-ID and content hash: a redelivery or a new UIDVALIDITY brings the same mail again.
    Column("identity", Text, nullable=False),
    Column("message_id", Text),
    Column("thread", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("received", Moment, nullable=False),
    Column("message", SealedJson()),  # NULL once purged
    Column("stage", Text, nullable=False),  # the next step to do; "done" when nothing is left
    Column("state", Text),  # how it ended; NULL until then
    Column("reason", SealedJson()),  # {"code": …, "params": {…}}; it may quote the mail or the answer
    Column("ended", Moment),
    Column("tries", Integer, nullable=False, default=0),
    Column("retry_at", Moment),
    Column("claim", Text),  # the worker that has it in hand; every write of that worker checks it
    UniqueConstraint("mailbox", "identity"),
    Index("mail_thread", "mailbox", "thread"),
    Index("mail_message_id", "message_id"),
    Index("mail_stage", "stage"),
    # How often somebody has written lately.
    Index("mail_author", "mailbox", "author", "received"),
)

location = Table(
    "location",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("mail_id", ForeignKey("mail.id"), nullable=False),
    Index("location_mail", "mail_id"),
)

# What is in the attachments that are still to be read; gone as soon as they were, or are not needed any more.
enclosure = Table(
    "enclosure",
    metadata,
    Column("mail_id", ForeignKey("mail.id"), primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),  # among the attachments of its message
    Column("octets", SealedOctets, nullable=False),
)

step = Table(
    "step",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("mail_id", ForeignKey("mail.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("found", SealedJson()),
    Index("step_mail", "mail_id"),
)

action = Table(
    "action",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("mail_id", ForeignKey("mail.id"), nullable=False),
    Column("kind", Text, nullable=False),  # reply, draft
    # proposed (waits for a person), planned, sending, committing, sent, done, unknown, dropped
    Column("state", Text, nullable=False),
    Column("mailbox", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("text", SealedText),  # what it says, for people; NULL once purged
    Column("raw", SealedOctets),  # the exact octets that go out; NULL once purged
    Column("changed", Moment, nullable=False),
    UniqueConstraint("mail_id", "kind"),
    # A draft and the reply it becomes are the same message.
    Index("action_message_id", "message_id"),
)

passage = Table(
    "passage",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("valid_until", Date),
    Column("file", Text, nullable=False, server_default=""),  # knowledge_file.path; "" for none
    Column("digest", BigInteger, nullable=False, server_default="0"),  # 40 bits of all that it says: sums stay exact
    Index("passage_file", "file"),
)

# The files that passages were read from, and those of watched folders that could not be read.
knowledge_file = Table(
    "knowledge_file",
    metadata,
    Column("path", Text, primary_key=True),  # absolute
    Column("watched", Boolean, nullable=False),  # in a folder that settings name; otherwise added by hand
    Column("visibility", Text, nullable=False),  # of what does not say it itself
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),  # nanoseconds, as the file system has it
    Column("digest", Text, nullable=False),  # SHA-256 of its octets
    Column("problem", Json),  # {"code": …, "params": {…}}: why it was not taken as it is now
)

# What mails have asked that nothing was known of; forgotten together with what the mail said.
gap = Table(
    "gap",
    metadata,
    Column("mail_id", ForeignKey("mail.id"), primary_key=True),
    Column("questions", SealedJson(), nullable=False),  # sentences
    Column("language", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# Every key that something may be sealed under (store/sealing.py): without it the program does not start.
sealing_key = Table(
    "sealing_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("proof", Text, nullable=False),  # a word that was sealed under it
    Column("since", Moment, nullable=False),
)

# What is done once a night, and when it was done last; also when the record began.
upkeep = Table(
    "upkeep",
    metadata,
    Column("task", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)

# What models have cost, by day of UTC and by their name in the settings.
spend = Table(
    "spend",
    metadata,
    Column("day", Date, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),  # billionths of a US dollar: sums of these are exact everywhere
    Column("under_way", BigInteger, nullable=False, server_default="0"),  # what calls may cost that have not ended
)

# The automatic answers that were to leave, one a mail: those that had a place within the limits, and those that had
# none.
sending = Table(
    "sending",
    metadata,
    Column("mail_id", ForeignKey("mail.id"), primary_key=True, autoincrement=False),
    Column("mailbox", Text, nullable=False),
    Column("author", Text, nullable=False),  # digest: policy.limits.author_key
    Column("thread", Text, nullable=False),  # digest: policy.limits.thread_key
    Column("same", Text, nullable=False),  # digest of what the mail says; "" for nothing, and once it is of no use
    Column("at", Moment, nullable=False),
    Column("counted", Boolean, nullable=False),  # it has a place; else it was over a limit
    Index("sending_at", "mailbox", "at"),
    Index("sending_author", "mailbox", "author", "at"),
    Index("sending_thread", "mailbox", "thread"),
    Index("sending_same", "mailbox", "same", "at"),
)

# Where nothing leaves by itself; "" for every mailbox.
pause = Table(
    "pause",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("reason", Json, nullable=False),  # {"code": …, "params": {…}}
    Column("by", Text, nullable=False),  # person, breaker
)

# When people were last told of something that goes on: they are told once, not for each mail.
alarm = Table(
    "alarm",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("about", Text, primary_key=True),  # whom or what, as a digest; "" for the mailbox itself
    Column("at", Moment, nullable=False),
)

# What targets are told, each thing once: store/notices.py. No foreign key: a row outlives the mail it tells of.
notice = Table(
    "notice",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("target", Text, nullable=False),  # its id in the settings
    Column("key", Text, nullable=False),  # the same for what is to be told once
    Column("event", Text, nullable=False),
    Column("mailbox", Text, nullable=False),  # "" for the program
    Column("mail_id", Identifier),
    Column("reason", SealedJson()),  # {"code": …, "params": {…}}; NULL once it has ended
    Column("state", Text, nullable=False),  # planned, committing, sent, unknown, failed, dropped
    Column("tries", Integer, nullable=False),
    Column("due", Moment, nullable=False),
    Column("at", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    UniqueConstraint("target", "key"),
    Index("notice_due", "state", "due"),
    Index("notice_target", "target", "at"),
)

# --- a mailbox that tells us of its mail (Microsoft Graph): store/ledger.py ------------------------------------------

# What we were told of and have not read yet.
announced = Table(
    "announced",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("found", Json),  # what is known of it without having read it; NULL until somebody has asked
    Column("at", Moment, nullable=False),
)

# How far the changes of a folder were read (delta query).
cursor = Table(
    "cursor",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("link", Text, nullable=False),  # "" starts over
    Column("since", Moment, nullable=False),  # what was received before is none of ours
    Column("at", Moment),  # when all changes were read last; NULL for never
    Column("account", Text, nullable=False),  # whose they are: the name of a mailbox may be given to another one
)

# Who is told of new mail. One a folder, so that there are never two live ones.
subscription = Table(
    "subscription",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("secret_digest", Text, nullable=False),  # SHA-256 of the secret that its notices repeat
    Column("notification_url", Text, nullable=False),
    Column("rich", Boolean, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("made", Moment, nullable=False),
    Column("renewed", Moment, nullable=False),
    Column("last_notice", Moment),
    Column("last_check", Moment),
    Column("event", Text, nullable=False),  # the lifecycle event that waits to be acted on, or ""
    Column("events", Integer, nullable=False),  # how many there were: tells a new one from the one in hand
    Column("problem", Json),  # {"code": …, "params": {…}}
    Column("account", Text, nullable=False),  # whose mail it tells of
)

# One owner of a thing, over all processes.
lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Moment, nullable=False),
)

# Messages of ours that the server has as drafts, or had before they were sent.
draft = Table(
    "draft",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),  # as we composed it
    Column("ref", Text, nullable=False),  # immutable id
    Column("change_key", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("graph_message_id", Text, nullable=False),  # as the server has it
    Column("digest", Text, nullable=False),  # of the octets it was made from, "" when that is not known
    Index("draft_ref", "mailbox", "ref"),
)

# What was decided, by whom, and what left: rows are added, never changed (triggers see to it, the migration has them).
# No foreign key: a row outlives the mail it tells of. See store/chain.py and store/record.py.
record = Table(
    "record",
    metadata,
    Column("id", Identifier, primary_key=True, autoincrement=False),  # its place in the chain, without gaps
    Column("at", Moment, nullable=False),
    Column("mail_id", Identifier),
    Column("event", Text, nullable=False),
    Column("details", SealedText),  # canonical JSON with a salt; NULL once purged
    Column("details_digest", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("record_mail", "mail_id"),
)
