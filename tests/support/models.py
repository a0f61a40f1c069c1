"""Qwen3 models with random weights: the real architecture, the real loading code, the real speed, no meaning.

TINY is for tests: every byte is a token, about 0.25 MB, written in milliseconds without torch. FULL has the shape of
Qwen3-0.6B, for benchmarks. The weights of TINY are spread wider than usual, so that what it writes depends on the
prompt.
"""

import json
import sysconfig
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from tests.support.model_files import F16, Q8_0, Tensor, Value, write_gguf, write_safetensors

END, START, STOP = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
THOUGHTS = ("<think>", "</think>")
TRAINING = 20_000_000  # characters that a large vocabulary is learnt from
QWEN_WORDS = 151_643  # of Qwen3's vocabulary, before its marks
# Qwen's own template adds the empty thought as this one does; it does not insist on it.
TEMPLATE = (
    "{%- if enable_thinking is not defined or enable_thinking is not false %}"
    "{{- raise_exception('thinking is on') }}{%- endif %}"
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n' }}{%- endif %}"
)
_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """tokens: of the vocabulary, marks included."""

    hidden: int
    layers: int
    heads: int
    heads_kv: int
    head: int
    inner: int
    context: int
    tokens: int
    spread: float


TINY = Shape(64, 2, 4, 2, 32, 128, 4096, 262, 0.3)
FULL = Shape(1024, 28, 16, 8, 128, 3072, 40960, 151_936, 0.02)


def write(folder: Path, shape: Shape = TINY, *, gguf: str = "") -> Path:
    """A model folder as the hub has it. gguf: "F16" or "Q8_0" writes FOLDER/model-KIND.gguf as well."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(shape)
    for name, content in (
        ("tokenizer.json", tokenizer),
        ("config.json", _config(shape, tokenizer)),
        (
            "generation_config.json",
            {"do_sample": True, "temperature": 0.7, "top_k": 20, "top_p": 0.95} | _ids(tokenizer),
        ),
        ("tokenizer_config.json", _tokenizer_config()),
    ):
        (folder / name).write_text(json.dumps(content), "utf-8")
    (folder / "chat_template.jinja").write_text(TEMPLATE, "utf-8")
    write_safetensors(folder / "model.safetensors", list(_tensors(shape)))
    if gguf:
        about = _about(shape, tokenizer, gguf)
        kind = {"F16": F16, "Q8_0": Q8_0}[gguf]
        write_gguf(folder / f"model-{gguf}.gguf", about, list(_tensors(shape)), kind)
    return folder


def _tensors(shape: Shape) -> Iterator[Tensor]:
    """The embeddings serve as the last layer too."""

    def tensor(name: str, short: str, *size: int) -> Tensor:
        return Tensor(f"model.{name}.weight", f"{short}.weight", size, partial(_weights, name, size, shape.spread))

    hidden, q, kv = shape.hidden, shape.heads * shape.head, shape.heads_kv * shape.head
    yield tensor("embed_tokens", "token_embd", shape.tokens, hidden)
    for number in range(shape.layers):
        long, short = f"layers.{number}", f"blk.{number}"
        yield tensor(f"{long}.self_attn.q_proj", f"{short}.attn_q", q, hidden)
        yield tensor(f"{long}.self_attn.k_proj", f"{short}.attn_k", kv, hidden)
        yield tensor(f"{long}.self_attn.v_proj", f"{short}.attn_v", kv, hidden)
        yield tensor(f"{long}.self_attn.o_proj", f"{short}.attn_output", hidden, q)
        yield tensor(f"{long}.self_attn.q_norm", f"{short}.attn_q_norm", shape.head)
        yield tensor(f"{long}.self_attn.k_norm", f"{short}.attn_k_norm", shape.head)
        yield tensor(f"{long}.mlp.gate_proj", f"{short}.ffn_gate", shape.inner, hidden)
        yield tensor(f"{long}.mlp.up_proj", f"{short}.ffn_up", shape.inner, hidden)
        yield tensor(f"{long}.mlp.down_proj", f"{short}.ffn_down", hidden, shape.inner)
        yield tensor(f"{long}.input_layernorm", f"{short}.attn_norm", hidden)
        yield tensor(f"{long}.post_attention_layernorm", f"{short}.ffn_norm", hidden)
    yield tensor("norm", "output_norm", hidden)


def _weights(name: str, size: tuple[int, ...], spread: float) -> Any:
    if len(size) == 1:
        return np.ones(size, np.float32)
    made = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(size, np.float32)
    made *= spread
    return made


def _config(shape: Shape, tokenizer: dict[str, Any]) -> dict[str, Any]:
    """Read by transformers and by OpenVINO."""
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_act": "silu",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads_kv,
        "head_dim": shape.head,
        "intermediate_size": shape.inner,
        "max_position_embeddings": shape.context,
        "vocab_size": shape.tokens,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1_000_000,
        "tie_word_embeddings": True,
        "attention_bias": False,
        "torch_dtype": "bfloat16",
    } | _ids(tokenizer)


def _tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "Qwen2Tokenizer",
        "eos_token": STOP,
        "pad_token": END,
        "add_bos_token": False,
        "chat_template": TEMPLATE,
    }


def _ids(tokenizer: dict[str, Any]) -> dict[str, int]:
    marks = {one["content"]: one["id"] for one in tokenizer["added_tokens"]}
    return {"eos_token_id": marks[STOP], "bos_token_id": marks[END], "pad_token_id": marks[END]}


def _about(shape: Shape, tokenizer: dict[str, Any], kind: str) -> dict[str, Value]:
    """What a GGUF file says of itself (ggml, docs/gguf.md, "Standardized key-value pairs")."""
    normal, control, defined, unused = 1, 3, 4, 5
    tokens, types = [f"[PAD{number}]" for number in range(shape.tokens)], [unused] * shape.tokens
    for text, number in tokenizer["model"]["vocab"].items():
        tokens[number], types[number] = text, normal
    for mark in tokenizer["added_tokens"]:
        tokens[mark["id"]], types[mark["id"]] = mark["content"], control if mark["special"] else defined
    ids = _ids(tokenizer)
    return {
        "general.architecture": "qwen3",
        "general.name": "random",
        "general.file_type": {"F16": 1, "Q8_0": 7}[kind],
        "qwen3.block_count": shape.layers,
        "qwen3.context_length": shape.context,
        "qwen3.embedding_length": shape.hidden,
        "qwen3.feed_forward_length": shape.inner,
        "qwen3.attention.head_count": shape.heads,
        "qwen3.attention.head_count_kv": shape.heads_kv,
        "qwen3.attention.key_length": shape.head,
        "qwen3.attention.value_length": shape.head,
        "qwen3.attention.layer_norm_rms_epsilon": 1e-6,
        "qwen3.rope.freq_base": 1e6,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.merges": [" ".join(pair) for pair in tokenizer["model"]["merges"]],
        "tokenizer.ggml.eos_token_id": ids["eos_token_id"],
        "tokenizer.ggml.padding_token_id": ids["pad_token_id"],
        "tokenizer.ggml.bos_token_id": ids["bos_token_id"],
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": TEMPLATE,
    }


def _tokenizer(shape: Shape) -> dict[str, Any]:
    """tokenizer.json: every byte, words if the shape has room for them, and marks."""
    words = shape.tokens - len(THOUGHTS) - 3
    vocabulary, merges = _learnt(QWEN_WORDS) if shape.tokens > QWEN_WORDS else _bytes(words)
    marks = [(name, True) for name in (END, START, STOP)] + [(name, False) for name in THOUGHTS]
    split = {"type": "Split", "pattern": {"Regex": _SPLIT}, "behavior": "Isolated", "invert": False}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": len(vocabulary) + number, "content": name, "special": special, "normalized": False}
            | dict.fromkeys(("single_word", "lstrip", "rstrip"), False)
            for number, (name, special) in enumerate(marks)
        ],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, level]},
        "post_processor": None,
        "decoder": level,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": merges}
        | dict.fromkeys(("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"))
        | dict.fromkeys(("fuse_unk", "byte_fallback", "ignore_merges"), False),
    }


def _bytes(tokens: int) -> tuple[dict[str, int], list[Sequence[str]]]:
    """Every byte as GPT-2 writes it, and one merge, since loaders want some."""
    whole = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    other = [256 + number for number in range(256 - len(whole))]
    characters = [chr(code) for code in sorted({*whole, *other})]
    assert tokens == len(characters) + 1
    return {text: number for number, text in enumerate([*characters, "el"])}, [("e", "l")]


def _learnt(tokens: int) -> tuple[dict[str, int], list[Sequence[str]]]:
    """A vocabulary of Qwen's size from the standard library's own text; what it lacks is filled up with entries that
    no text has."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    files = sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py"))
    Random(0).shuffle(files)
    texts, size = [], 0
    for file in files:
        texts.append(file.read_text("utf-8", errors="ignore"))
        size += len(texts[-1])
        if size > TRAINING:
            break
    made = Tokenizer(models.BPE())
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(_SPLIT), "isolated"), level])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=tokens, min_frequency=2, show_progress=False, initial_alphabet=alphabet)
    made.train_from_iterator(texts, trainer)
    learnt = json.loads(made.to_str())["model"]
    vocabulary: dict[str, int] = learnt["vocab"]
    return vocabulary | {f"\u0120zq{number}": number for number in range(len(vocabulary), tokens)}, learnt["merges"]
