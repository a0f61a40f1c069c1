"""How long does a search take among many passages, and what does the index cost?

    python benchmarks/search_speed.py [PASSAGES]

The passages are made up of the glossary's words, drawn as often as words are in texts (Zipf), half of them French, half
English, 90 words each; a question is nine such words with a slip of the pen in one. No text makes sense, but the lists
that a search has to read are as long as those of real ones.
"""

import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from repondeur.knowledge.index import Index
from repondeur.policy.passage import Passage
from repondeur.words.glossary import glossary
from repondeur.words.terms import said

WORDS, TITLE, ASKED = 90, 5, 9
QUESTIONS = 200


class Texts:
    """Makes texts up; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.words = {
            language: sorted({word for spoken, word in glossary().words() if spoken == language})
            for language in ("fr", "en")
        }
        self.heights = {}
        for language, words in self.words.items():
            self.chance.shuffle(words)
            self.heights[language] = list(accumulate(1 / (rank + 3) for rank in range(len(words))))

    def text(self, language: str, length: int) -> str:
        return " ".join(self.chance.choices(self.words[language], cum_weights=self.heights[language], k=length))

    def passage(self, number: int) -> Passage:
        language = ("fr", "en")[number % 2]
        return Passage(f"kb:{number}", self.text(language, TITLE), self.text(language, WORDS), language, "public")

    def question(self, language: str) -> str:
        text = self.text(language, ASKED)
        at = self.chance.randrange(len(text) - 1)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :] + " ?"


def milliseconds(work: Callable[..., Any], *given: object) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work(*given)
    return (time.perf_counter() - start) * 1000, result


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    texts = Texts(1)
    passages = [texts.passage(number) for number in range(many)]
    said("warm", "en")
    built, index = milliseconds(Index, passages)
    new = texts.passage(1)
    changed, _ = milliseconds(index.updated, [new], [])
    asked = [(texts.question(language), language) for _ in range(QUESTIONS // 2) for language in ("fr", "en")]
    first = [milliseconds(index.search, text, 4, language)[0] for text, language in asked]
    again = [milliseconds(index.search, text, 4, language)[0] for text, language in asked]
    agents = [milliseconds(partial(index.search, why=False), text, 4, language)[0] for text, language in asked]
    print(f"{many} passages of {WORDS} words")
    print(f"index built          {built / 1000:8.2f} s")
    print(f"one passage changed  {changed:8.1f} ms")
    for name, taken in (("new terms", first), ("known terms", again), ("no reasons", agents)):
        cuts = statistics.quantiles(taken, n=20)
        print(f"search, {name:12} {statistics.median(taken):8.1f} ms p50 {cuts[-1]:8.1f} ms p95")
    tracemalloc.start()
    kept = Index(passages[: many // 5])
    megabytes = tracemalloc.get_traced_memory()[0] * 5 / 1e6
    print(f"memory               {megabytes:8.0f} MB (five times that of {len(kept)} passages)")


if __name__ == "__main__":
    main()
