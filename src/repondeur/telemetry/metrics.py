"""What is counted, in the words of Prometheus. Numbers only: no subject, address or text is a label."""

from decimal import Decimal
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY: Final = CollectorRegistry()

MAILS: Final = Counter("repondeur_mails", "Mails that ended, by state.", ["mailbox", "state"], registry=REGISTRY)
UNFINISHED: Final = Gauge(
    "repondeur_unfinished_mails", "Mails on their way, by step.", ["mailbox", "step"], registry=REGISTRY
)
REPLIES: Final = Counter(
    "repondeur_replies", "Answers handed over, by outcome.", ["mailbox", "outcome"], registry=REGISTRY
)
# outcome: sent, unknown, failed
NOTICES: Final = Counter(
    "repondeur_notices", "What targets were told, by outcome.", ["target", "outcome"], registry=REGISTRY
)
# outcome: sent, refused, unknown
CALLS: Final = Counter("repondeur_calls", "Calls of other systems, by outcome.", ["call", "outcome"], registry=REGISTRY)
FAILURES: Final = Counter(
    "repondeur_step_failures", "Steps that failed, by step and reason.", ["step", "reason"], registry=REGISTRY
)
STEP_SECONDS: Final = Histogram(
    "repondeur_step_seconds",
    "How long a step took.",
    ["step"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=REGISTRY,
)
TOKENS: Final = Counter(
    "repondeur_engine_tokens", "Tokens read and written by the model.", ["engine", "kind"], registry=REGISTRY
)
COST: Final = Counter(
    "repondeur_engine_cost_dollars", "What the model cost, in US dollars.", ["engine"], registry=REGISTRY
)
PASSED_OVER: Final = Counter(
    "repondeur_models_passed_over",
    "Models that could not serve a mail that another one then did, by reason.",
    ["model", "reason"],
    registry=REGISTRY,
)
# field: of the analysis, or unknown
EMBEDDINGS_FAILED: Final = Counter(
    "repondeur_embeddings_failed",
    "Questions and passages whose meaning could not be asked for, by reason code.",
    ["code"],
    registry=REGISTRY,
)
DROPPED: Final = Counter(
    "repondeur_engine_dropped",
    "Fields of a model's answers that were unknown or impossible, and entities that do not stand in the mail.",
    ["engine", "field"],
    registry=REGISTRY,
)
# By the code of the reason; no mailbox for what concerns the whole program.
ALARMS: Final = Counter(
    "repondeur_alarms", "What people were told of at once, by reason.", ["mailbox", "reason"], registry=REGISTRY
)
PAUSED: Final = Gauge(
    "repondeur_paused", "1 while nothing leaves the mailbox by itself.", ["mailbox"], registry=REGISTRY
)
MAILBOX_UP: Final = Gauge("repondeur_mailbox_up", "1 while the mailbox can be worked.", ["mailbox"], registry=REGISTRY)

# outcome: taken, lifecycle, forged, unknown (no subscription of ours), malformed
GRAPH_NOTICES: Final = Counter(
    "repondeur_graph_notices",
    "Notices that came in at the hook, by outcome; no mailbox for one that names none of ours.",
    ["mailbox", "outcome"],
    registry=REGISTRY,
)
GRAPH_ANNOUNCED: Final = Gauge(
    "repondeur_graph_announced",
    "Messages that Graph told of and that are not read yet.",
    ["mailbox"],
    registry=REGISTRY,
)
GRAPH_SUBSCRIPTION_UP: Final = Gauge(
    "repondeur_graph_subscription_up",
    "1 while Graph tells us of new mail in a folder.",
    ["mailbox", "folder"],
    registry=REGISTRY,
)
GRAPH_SUBSCRIPTION_EXPIRES: Final = Gauge(
    "repondeur_graph_subscription_expires_seconds",
    "When the subscription ends unless renewed, Unix time.",
    ["mailbox", "folder"],
    registry=REGISTRY,
)
GRAPH_LAST_NOTICE: Final = Gauge(
    "repondeur_graph_last_notice_seconds",
    "When the last notice came in, Unix time.",
    ["mailbox", "folder"],
    registry=REGISTRY,
)
GRAPH_LAST_CHECK: Final = Gauge(
    "repondeur_graph_last_check_seconds",
    "When Graph was last asked whether it still has the subscription, Unix time.",
    ["mailbox", "folder"],
    registry=REGISTRY,
)
GRAPH_SUBSCRIPTION_INFO: Final = Gauge(
    "repondeur_graph_subscription_info",
    "1 for each subscription, with its id.",
    ["mailbox", "folder", "id"],
    registry=REGISTRY,
)
GRAPH_SUBSCRIPTION_CHANGES: Final = Counter(
    "repondeur_graph_subscription_changes",
    "What was done with subscriptions: created, renewed, reauthorized, removed.",
    ["mailbox", "change"],
    registry=REGISTRY,
)
GRAPH_REQUESTS: Final = Counter(
    "repondeur_graph_requests",
    "Requests to Microsoft Graph, by outcome: ok, refused, again (throttled, busy, token too old), lost.",
    ["mailbox", "outcome"],
    registry=REGISTRY,
)


def count_usage(engine: str, read: int, written: int, dollars: Decimal | None) -> None:
    """Tokens read and written by a model, and what they cost as far as that is known."""
    TOKENS.labels(engine, "input").inc(read)
    TOKENS.labels(engine, "output").inc(written)
    COST.labels(engine).inc(float(dollars or 0))


def exposition() -> str:
    """All of it in the text format, version 0.0.4."""
    return generate_latest(REGISTRY).decode()
