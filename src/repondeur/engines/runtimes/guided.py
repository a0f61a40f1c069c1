"""The next token of each question of a batch: only what its pattern allows, drawn by its own temperature and seed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import torch
from llguidance import LLExecutor, LLMatcher
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask_par
from torch import Tensor

# What Qwen advises for its models without thinking ("Best Practices" of the model card), and harmless for others.
TOP_K, TOP_P = 20, 0.8


class End(Enum):
    """Why a row has ended. STOPPED: by the model; LENGTH: at max_tokens; FAILED: the pattern could not go on."""

    STOPPED = "stopped"
    LENGTH = "length"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(slots=True, eq=False)
class Row:
    """One question while it is worked. matcher: None for free text. seconds: left of its own time. wanted: False when
    nobody waits for it any more. end: None while it goes on."""

    matcher: LLMatcher | None
    max_tokens: int
    temperature: float
    seconds: float
    generator: torch.Generator
    wanted: Callable[[], bool]
    tokens: list[int] = field(default_factory=list)
    end: End | None = None


class Guide:
    """Both hooks that `generate` of transformers has: it chooses tokens as a logits processor and ends rows as a
    stopping criterion. Tokens are drawn here, by the Gumbel-max method: `generate` has one generator for a whole batch,
    and a mail's answer is not to depend on which others were worked with it.
    """

    def __init__(self, rows: Sequence[Row], ends: Sequence[int], executor: LLExecutor) -> None:
        self._rows = rows
        self._ends = frozenset(ends)
        self._executor = executor
        self._since = time.monotonic()

    def choose(self, _input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores that leave one token for each row: the one that it takes."""
        scores = scores.float()
        self._mask(scores)
        k = min(TOP_K, scores.shape[-1])
        best, tokens = torch.topk(scores, k)  # sorted, the likeliest first
        noise = torch.stack([_noise(row, k) for row in self._rows]).to(scores.device)
        heat = torch.tensor([row.temperature or 1.0 for row in self._rows], device=scores.device).unsqueeze(1)
        likely = torch.softmax(best / heat, dim=-1)
        # A token stays as long as those before it do not make up top_p.
        left_out = likely.cumsum(dim=-1) - likely > TOP_P
        place = torch.where(left_out, -torch.inf, best / heat + noise).argmax(dim=-1, keepdim=True)
        chosen = tokens.gather(1, place)
        self._take(chosen.squeeze(1).tolist())
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen, 0.0)

    def ended(self, input_ids: Tensor, _scores: Any, **_more: Any) -> Tensor:
        """Which rows are done: true for each that nothing more is to be computed for."""
        now = time.monotonic()
        going = [row for row in self._rows if row.end is None]
        for row in going:
            row.seconds -= (now - self._since) / len(going)
            if not row.wanted():
                row.end = End.CANCELLED
            elif len(row.tokens) >= row.max_tokens:
                row.end = End.LENGTH
            elif row.seconds <= 0:
                row.end = End.TIMEOUT
        self._since = now
        return torch.tensor([row.end is not None for row in self._rows], device=input_ids.device)

    def _mask(self, scores: Tensor) -> None:
        guided = [(row.matcher, i) for i, row in enumerate(self._rows) if row.matcher is not None and row.end is None]
        if not guided:
            return
        masks = allocate_token_bitmask(*scores.shape)  # all bits set: rows without a matcher may take anything
        fill_next_token_bitmask_par(self._executor, guided, masks)
        packed = torch.from_numpy(masks).to(scores.device).unsqueeze(-1)
        bits = (packed >> torch.arange(32, device=scores.device, dtype=torch.int32)) & 1
        scores.masked_fill_(bits.flatten(1)[:, : scores.shape[1]] == 0, -torch.inf)

    def _take(self, chosen: Sequence[int]) -> None:
        for row, token in zip(self._rows, chosen, strict=True):
            if row.end is not None:
                continue
            row.tokens.append(token)
            if token in self._ends:
                row.end = End.STOPPED
            elif row.matcher is not None and not row.matcher.consume_token(token):
                row.end = End.FAILED
            elif row.matcher is not None and row.matcher.is_stopped():
                row.end = End.STOPPED  # nothing could follow but the end


def _noise(row: Row, count: int) -> Tensor:
    """Of a Gumbel distribution; none for a row that takes the likeliest token."""
    if row.temperature <= 0:
        return torch.zeros(count)
    # Never 0, whose logarithm is no number.
    even = torch.rand(count, generator=row.generator).clamp_(min=1e-20, max=1 - 1e-7)
    return -(-even.log()).log()
