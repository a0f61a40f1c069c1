"""How fast a local model is on this machine, by random weights: beside a plain script, and with the whole program.

    python benchmarks/local_engine.py                      a small model, half a minute
    python benchmarks/local_engine.py FOLDER [--rounds 3]  the exact shape of Qwen3-0.6B, written to FOLDER unless it is
                                                           there (1.8 GB, a minute or two), then some minutes of work

MODEL_FOLDER does what FOLDER does. Prompts have 849 tokens, of which 598 are the same for all, answers 160. What is
compared runs in turn, and the best of the rounds counts: other load on the machine then hits all alike.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support import models
from tests.support.house import NO_LIMITS, US, a_house, a_mail

from repondeur.engines.base import Context
from repondeur.engines.local import LocalEngine
from repondeur.engines.runtimes import files, openvino
from repondeur.engines.runtimes.base import Prompt, Runtime
from repondeur.mail.message import Message
from repondeur.pipeline.dispatch import LocalDispatcher
from repondeur.pipeline.receive import receive
from repondeur.policy.analysis import Analysis
from repondeur.store.overview import Overview
from repondeur.telemetry import log
from repondeur.wiring import mails_at_once

SHARED, OWN, WRITTEN = 598, 251, 160  # tokens
MAILS = 50
SMALL = models.Shape(256, 6, 8, 4, 32, 768, 4096, models.TINY.tokens, 0.1)
WORDS = ("order", "parcel", "lamp", "invoice", "return", "refund", "delivery", "question", "answer", "hello", "please")


class Recording:
    """An engine that remembers what it was asked."""

    def __init__(self, inner: LocalEngine) -> None:
        self.inner = inner
        self.asked: list[tuple[Message, Context]] = []

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def at_once(self) -> int:
        return self.inner.at_once

    @property
    def costs(self) -> bool:
        return self.inner.costs

    async def analyse(self, message: Message, context: Context) -> Analysis:
        self.asked.append((message, context))
        return await self.inner.analyse(message, context)

    async def close(self) -> None:
        await self.inner.close()


def text_of(tokens: int, count: Callable[[str], int], seed: int) -> str:
    """Words of about so many tokens, and not more."""
    chosen = random.Random(seed).choices(WORDS, k=tokens)
    while (found := count(" ".join(chosen))) > tokens:
        del chosen[: max(1, len(chosen) * (found - tokens) // found)]
    return " ".join(chosen)


def question(runtime: Runtime, number: int) -> Prompt:
    """number: 0 for the shared part alone."""
    system = text_of(SHARED - 10, runtime.count, 0)
    messages = [
        {"role": "system", "content": system},
        {"role": "user", "content": text_of(OWN - 10, runtime.count, number) if number else "."},
    ]
    return Prompt(messages, "", WRITTEN, 0.7, 3600.0, number)


async def ours(runtime: openvino.OpenVinoRuntime, mails: int, first: int) -> float:
    """Mails a minute, that many together."""
    asked = [question(runtime, first + number) for number in range(mails)]
    start = time.perf_counter()
    found = await asyncio.gather(*map(runtime.complete, asked))
    seconds = time.perf_counter() - start
    # Random weights of a small vocabulary may end an answer early.
    return sum(one.usage.output_tokens for one in found) / WRITTEN / seconds * 60


def plain_script(folder: Path) -> Callable[[list[dict[str, str]]], float] | None:
    """What one writes in ten lines: transformers, bfloat16, one mail at a time. None without torch."""
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError:
        return None
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)

    def answered(messages: list[dict[str, str]]) -> float:
        start = time.perf_counter()
        given = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, enable_thinking=False, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            model.generate(
                **given, max_new_tokens=WRITTEN, min_new_tokens=WRITTEN, do_sample=True, top_k=20, top_p=0.95
            )
        return 60 / (time.perf_counter() - start)

    return answered


async def side_by_side(folder: Path, gguf: Path, rounds: int) -> None:
    runtime = await openvino.load(files.inspect(gguf), at_once=32)
    await runtime.complete(replace(question(runtime, 0), max_tokens=1))  # the shared part is computed once
    plain = plain_script(folder)
    numbers = iter(range(1, 10_000_000, 100))

    async def by_plain_script() -> float:
        assert plain is not None
        return await asyncio.to_thread(plain, list(question(runtime, next(numbers)).messages))

    runs: dict[str, Callable[[], Awaitable[float]]] = {
        "one at a time": lambda: ours(runtime, 1, next(numbers)),
        "16 at once": lambda: ours(runtime, 16, next(numbers)),
        "32 at once": lambda: ours(runtime, 32, next(numbers)),
    }
    if plain is None:
        print("plain transformers script: not measured, torch is not installed")
    else:
        runs = {"plain transformers script": by_plain_script} | runs
    best = dict.fromkeys(runs, 0.0)
    for number in range(1, rounds + 1):
        for name, run in runs.items():
            speed = await run()
            best[name] = max(best[name], speed)
            print(f"  round {number}: {name} {speed:.1f}", flush=True)
    base = next(iter(best.values()))
    for name, speed in best.items():
        print(f"{name:28} {speed:8.1f} mails/min  {speed / base:6.1f} times")
    await runtime.close()


async def whole_program(gguf: Path, folder: Path, rounds: int) -> None:
    """MAILS that lie in the inbox, worked by the program, and the same questions put to the engine all at once."""
    engine = Recording(LocalEngine(gguf, "random", runtime="openvino", timeout=3600))
    await engine.inner.runtime()
    best_whole = best_alone = 0.0
    for number in range(rounds):
        own = folder / str(number)
        own.mkdir()
        engine.asked.clear()
        async with a_house(own, **NO_LIMITS) as house:
            parts = replace(house.parts, engine=engine)
            house.parts = parts
            for mail in range(MAILS):
                text = f"Hello, round {number},\n\n{text_of(60, len, mail)}\n\nwhere is parcel {mail}?\n"
                house.mailbox.put(a_mail(mail, text, author=f"author{mail}@client.example"))
            dispatcher = LocalDispatcher(house.handle, parts.store, mails_at_once(parts.settings, engine))
            await dispatcher.start()
            start = time.perf_counter()
            async for received in receive(parts.accounts[US], parts):
                await dispatcher.submit(received.waiting)
            await dispatcher.quiet(3600)
            best_whole = max(best_whole, MAILS / (time.perf_counter() - start) * 60)
            ended = sum((await Overview(parts.store.database).counts()).values())
            assert ended == len(engine.asked) == MAILS, f"{ended} mails, {len(engine.asked)} asked"
            await dispatcher.close(5)
        start = time.perf_counter()
        # Other seeds, or what was computed for the first run would be there already.
        again = [(replace(message, text=f"{message.text} again"), context) for message, context in engine.asked]
        await asyncio.gather(*(engine.inner.analyse(*one) for one in again))
        best_alone = max(best_alone, MAILS / (time.perf_counter() - start) * 60)
    print(f"{MAILS} mails, engine alone      {best_alone:8.1f} mails/min")
    print(f"{MAILS} mails, whole program     {best_whole:8.1f} mails/min  {best_whole / best_alone:6.0%} of it")
    await engine.close()


async def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("folder", nargs="?", type=Path, default=os.environ.get("MODEL_FOLDER") or None)
    cli.add_argument("--rounds", type=int, default=1)
    cli.add_argument("--program", action="store_true", help="only the whole program beside the engine")
    args = cli.parse_args()
    log.configure("ERROR", "console", frozenset())
    with tempfile.TemporaryDirectory() as home:
        folder = Path(args.folder) if args.folder else Path(home) / "model"
        kind = "Q8_0" if args.folder else "F16"
        gguf = folder / f"model-{kind}.gguf"
        if not gguf.exists():
            models.write(folder, models.FULL if args.folder else SMALL, gguf=kind)
        if not args.folder:
            print("a small model; for the shape of Qwen3-0.6B: python benchmarks/local_engine.py FOLDER")
        if not args.program:
            await side_by_side(folder, gguf, args.rounds)
        (Path(home) / "store").mkdir()
        await whole_program(gguf, Path(home) / "store", args.rounds)


if __name__ == "__main__":
    asyncio.run(main())
