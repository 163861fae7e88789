"""Tokens are counted by the vocabulary of a model: a real tokenizer file, and a real encoding of tiktoken's."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiktoken
import tiktoken.registry
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer

from persona.adapters.vocabulary import open_vocabulary
from persona.errors import UnknownVocabulary
from persona.prompt import MESSAGE_TOKENS, compose
from tests.persona.builders import brief

PIECES = ("Mind the step, it is crooked.", "Lanterns for Tallow Lane, lanterns for everybody.")


def written(path: Path) -> Path:
    """A byte-level vocabulary, as open models have, whose template would add a token at the beginning."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    special = ["<s>"]
    trainer = BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(PIECES * 3, trainer)
    tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    tokenizer.enable_truncation(8)
    tokenizer.save(str(path))
    return path


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> str:
    """An encoding that tiktoken knows without asking anybody: one token for each byte, and one for “th”."""
    ranks = {bytes([number]): number for number in range(256)} | {b"th": 256}

    def constructor() -> dict[str, object]:
        return {
            "name": "tiny",
            "pat_str": r"\S+|\s+",
            "mergeable_ranks": ranks,
            "special_tokens": {"<|endoftext|>": 257},
        }

    tiktoken.list_encoding_names()  # reads the plugins, which would take the place of ours later
    assert tiktoken.registry.ENCODING_CONSTRUCTORS is not None
    monkeypatch.setitem(tiktoken.registry.ENCODING_CONSTRUCTORS, "tiny", constructor)
    return "tiktoken:tiny"


def test_a_tokenizer_file_counts_as_the_model_does_without_the_tokens_of_its_template(tmp_path: Path) -> None:
    count = open_vocabulary(str(written(tmp_path / "tokenizer.json")))
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    tokenizer.no_truncation()
    long = " ".join(PIECES) + " 🏮 Ωμέγα"
    assert count(long) == len(tokenizer.encode(long).ids) - 1
    assert count(long) > 8
    assert count("") == 0


def test_what_looks_like_a_control_token_in_a_fans_words_is_counted_as_text(tiny: str) -> None:
    count = open_vocabulary(tiny)
    assert count("the path") == len("the path") - 2
    assert count("<|endoftext|>") == len("<|endoftext|>")


def test_every_block_of_a_prompt_is_counted_by_the_vocabulary(tiny: str) -> None:
    count = open_vocabulary(tiny)
    prompt = compose(brief(), budget_tokens=20_000, reply_tokens_max=100, count=count)
    head = next(block for block in prompt.manifest.blocks if block.name == "rules")
    assert head.tokens == count(head.text + "\n\n")
    spelt = sum(count(message.content) + MESSAGE_TOKENS for message in prompt.messages)
    # A block is counted with the empty line that may follow it, of which the last of a message has none.
    assert spelt <= prompt.manifest.used_tokens <= spelt + 2 * len(prompt.manifest.blocks)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere/tokenizer.json", "cannot be read"),
        ("tiktoken:nonsense", "no encoding of that name"),
    ],
)
def test_what_is_no_vocabulary_is_refused_in_one_sentence(name: str, why: str) -> None:
    with pytest.raises(UnknownVocabulary, match=why):
        open_vocabulary(name)


def test_a_file_that_holds_no_tokenizer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text('{"model": 3}')
    with pytest.raises(UnknownVocabulary, match=r"no tokenizer\.json"):
        open_vocabulary(str(path))
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnknownVocabulary, match="cannot be read"):
        open_vocabulary(str(path))
