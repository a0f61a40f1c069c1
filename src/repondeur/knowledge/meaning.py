"""How near texts are in meaning, by the vectors of a model. Pure, but for the file that keeps them."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repondeur.policy.passage import Passage

# How many of the nearest passages count at all.
NEAREST = 60

Matrix = NDArray[np.float32]


def text_of(passage: Passage) -> str:
    return f"{passage.title}\n{passage.text}"


def digest(passage: Passage) -> str:
    """Of what a vector is made from; another text has another one."""
    return hashlib.sha256(text_of(passage).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Vectors:
    """Of one model, of length 1, by the digest of the text that each was made from."""

    places: Mapping[str, int] = field(default_factory=dict)
    matrix: Matrix = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def __len__(self) -> int:
        return len(self.places)

    def missing(self, passages: Iterable[Passage]) -> list[Passage]:
        return [one for one in passages if digest(one) not in self.places]

    def with_more(self, digests: Sequence[str], vectors: Sequence[Sequence[float]]) -> "Vectors":
        """Those of another length than the ones there are, as after a change of the model, take their place."""
        new = _unit(np.array(vectors, np.float32))
        kept = self if self.matrix.shape[1] == new.shape[1] else Vectors(matrix=new[:0])
        places = {**kept.places, **{one: place for place, one in enumerate(digests, len(kept.matrix))}}
        return Vectors(places, np.concatenate([kept.matrix, new]))

    def only(self, passages: Iterable[Passage]) -> "Vectors":
        """Without those of texts that these passages no longer have."""
        kept = {key: self.places[key] for one in passages if (key := digest(one)) in self.places}
        return Vectors({key: place for place, key in enumerate(kept)}, self.matrix[list(kept.values())])

    def known(self, passages: Iterable[Passage]) -> list[tuple[str, int]]:
        """Ids of the passages that there is a vector for, with its place."""
        return [(one.id, self.places[key]) for one in passages if (key := digest(one)) in self.places]

    def near(self, question: Sequence[float], known: Sequence[tuple[str, int]]) -> dict[str, float]:
        """How near the nearest passages are, by id: 1 for the nearest, 0 for the last that counts. known: as above."""
        asked = _unit(np.array([question], np.float32))
        if not known or asked.shape[1] != self.matrix.shape[1]:
            return {}
        alike = self.matrix[[place for _, place in known]] @ asked[0]
        order = np.argsort(-alike, kind="stable")[:NEAREST]
        best, last = float(alike[order[0]]), float(alike[order[-1]])
        return {known[at][0]: (float(alike[at]) - last) / ((best - last) or 1.0) for at in order}

    def save(self, file: Path) -> None:
        """Whole or not at all. Raises OSError."""
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.{os.getpid()}.new")
        order = sorted(self.places, key=self.places.__getitem__)
        with new.open("wb") as out:
            np.savez(out, digests=np.array(order, "U64"), matrix=self.matrix[[self.places[one] for one in order]])
        new.replace(file)


def load(file: Path) -> Vectors:
    """None at all where there is no file, or it is none of ours: they are made anew then."""
    try:
        with np.load(file, allow_pickle=False) as found:
            digests, matrix = [str(one) for one in found["digests"]], found["matrix"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError):
        return Vectors()
    if matrix.ndim != 2 or len(matrix) != len(digests):
        return Vectors()
    return Vectors({one: place for place, one in enumerate(digests)}, matrix)


def _unit(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
