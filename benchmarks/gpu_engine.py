"""Mails a minute of the transformers runtime on a graphics card, beside a plain script that asks one after the other.

    python benchmarks/gpu_engine.py [FOLDER]

Without FOLDER a model of the exact shape of Qwen3-0.6B with random weights is written first (1.2 GB in a temporary
folder): speed does not depend on what weights say. Each mail has a prompt of about 850 tokens, of which 600 are the
same for all, and an answer of exactly 160 tokens, held to a pattern as in earnest. Script and runtime use the same
loaded model, in alternating rounds; the best round of each counts. Runs only where torch finds a card.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.models import FULL, write

from repondeur.engines.runtimes.base import Prompt
from repondeur.engines.runtimes.files import inspect
from repondeur.engines.runtimes.which import has_cuda, installed

ROUNDS = 3
TOKENS = 160
PATTERN = rf"[a-z ]{{{TOKENS * 40}}}"  # longer than any answer here, so that each takes all its tokens
SHARED, OWN = 600, 250  # tokens of a prompt
AT_ONCE = (1, 8, 16, 32, 64)
SCRIPT_MAILS = 4


def prompt(runtime: Any, number: int) -> Prompt:
    shared = words(runtime, "You read a mail and answer with one object. ", SHARED)
    own = words(runtime, f"Mail {number}: my parcel has not come, and I want to know where it is. ", OWN)
    messages = [{"role": "system", "content": shared}, {"role": "user", "content": own}]
    return Prompt(messages, PATTERN, TOKENS, temperature=0.7, seconds=3600, seed=number)


def words(runtime: Any, sentence: str, tokens: int) -> str:
    return sentence * max(1, tokens // runtime.count(sentence))


def script(model: Any, tokenizer: Any, prompts: list[Prompt]) -> float:
    """Mails a minute of transformers as its documentation shows it, one mail after the other."""
    import torch

    began = time.perf_counter()
    for one in prompts:
        text = tokenizer.apply_chat_template(
            list(one.messages), tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        inputs = tokenizer(text, return_tensors="pt").to(model.device)
        with torch.inference_mode():
            model.generate(**inputs, max_new_tokens=TOKENS, min_new_tokens=TOKENS, do_sample=True, temperature=0.7)
    torch.cuda.synchronize()
    return len(prompts) * 60 / (time.perf_counter() - began)


async def engine(runtime: Any, prompts: list[Prompt]) -> float:
    began = time.perf_counter()
    answers = await asyncio.gather(*(runtime.complete(one) for one in prompts))
    seconds = time.perf_counter() - began
    assert all(answer.usage.output_tokens == TOKENS for answer in answers), "an answer was shorter"
    return len(prompts) * 60 / seconds


async def measure(folder: Path) -> None:
    import torch

    from repondeur.engines.runtimes.torch import TransformersRuntime
    from repondeur.engines.runtimes.torch_loading import loaded

    model, tokenizer = loaded(inspect(folder))
    runtimes = {n: TransformersRuntime(model, tokenizer, at_once=n) for n in AT_ONCE}
    first = runtimes[1]
    await engine(first, [prompt(first, 0)])
    best = dict.fromkeys(["script", *AT_ONCE], 0.0)
    for round_ in range(ROUNDS):
        asked = [prompt(first, round_ * 1000 + n) for n in range(max(AT_ONCE))]
        best["script"] = max(best["script"], script(model, tokenizer, asked[:SCRIPT_MAILS]))
        for at_once, runtime in runtimes.items():
            best[at_once] = max(best[at_once], await engine(runtime, asked[: max(at_once, SCRIPT_MAILS)]))
    print(f"{torch.cuda.get_device_name()}, {model.dtype}, torch {torch.__version__}")
    print(f"{'plain script, one at a time':>32}: {best['script']:8.1f} mails a minute")
    for at_once in AT_ONCE:
        ratio = best[at_once] / best["script"]
        print(f"{f'runtime, {at_once} at once':>32}: {best[at_once]:8.1f} mails a minute, {ratio:.1f} times the script")
    for runtime in runtimes.values():
        await runtime.close()


def main() -> None:
    if not installed("transformers") or not has_cuda():
        print("No graphics card that torch can use: nothing measured.")
        return
    if len(sys.argv) > 1:
        asyncio.run(measure(Path(sys.argv[1])))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(write(Path(folder) / "random", FULL)))


if __name__ == "__main__":
    main()
