"""What one child may use."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024
PATIENCE: Final = 3  # how many times its CPU time a child has by the clock


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What a child may use for one payload.

    seconds: CPU time, the same on a busy machine; a child that neither answers nor computes is killed after three
    times as long by the clock. memory_bytes: address space of the whole child, its modules included.
    answer_bytes: size of an answer. start_seconds: by the clock, until the modules of the entry are loaded.
    open_files: file descriptors, once it has started.
    """

    seconds: float = 5
    memory_bytes: int = 512 * MIB
    answer_bytes: int = 64 * MIB
    start_seconds: float = 60
    open_files: int = 32

    @property
    def wall_seconds(self) -> float:
        return PATIENCE * self.seconds
