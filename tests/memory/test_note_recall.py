"""What comes to mind for a message: the current value first, nothing invented, nothing beyond the horizon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from memory.asking import asked
from memory.doubles import HashEmbedder
from memory.note_recall import LIST_TURNS_K, NOTES_K, TURNS_K, Remembered, prepare_talk, remember
from memory.notes import Note
from memory.types import Exchange
from tests.memory.scripted import SETS, Script, notes_after, read_scripts, remembered_of


async def ask(
    question: str, notes: tuple[Note, ...] = (), said: tuple[Exchange, ...] = (), *, horizon: int = 9
) -> Remembered:
    embedder = HashEmbedder()
    talk = prepare_talk(said)
    spoken = await embedder.passages([one.text for one in talk.said.utterances])
    vectors = await embedder.passages([note.text for note in notes])
    return remember(
        question,
        await embedder.query(question),
        notes,
        np.stack(vectors) if vectors else np.zeros((0, embedder.dims), np.float32),
        talk,
        np.stack(spoken) if spoken else np.zeros((0, embedder.dims), np.float32),
        horizon=horizon,
        now_ms=10**9,
    )


def texts(remembered: Remembered) -> list[str]:
    return [one.note.text for one in remembered.notes]


@pytest.mark.parametrize(
    ("name", "share", "many"),
    [("contradictions", 0.95, 100), ("contradictions-fresh", 0.9, 25), ("contradictions-pt", 0.9, 12)],
)
async def test_after_a_contradiction_the_current_value_comes_first(name: str, share: float, many: int) -> None:
    scripts = read_scripts(SETS / f"{name}.jsonl")
    found = [(script, await remembered_of(script, HashEmbedder())) for script in scripts]
    right = [bool(got.notes) and script.current in got.notes[0].note.text and not got.untold for script, got in found]
    assert len(scripts) == many
    assert sum(right) >= share * len(scripts)


@pytest.mark.parametrize(
    ("name", "share", "many"), [("never-told", 0.85, 60), ("never-told-fresh", 0.8, 20), ("never-told-pt", 0.8, 8)]
)
async def test_what_was_never_told_is_not_claimed(name: str, share: float, many: int) -> None:
    scripts = read_scripts(SETS / f"{name}.jsonl")
    untold = [(await remembered_of(script, HashEmbedder())).untold for script in scripts]
    assert len(scripts) == many
    assert sum(untold) >= share * len(scripts)


async def test_words_that_made_no_note_are_evidence_too() -> None:
    script = Script(
        "x", ("The violin of my grandfather had a crack in its belly.",), "What did I tell you about the violin?"
    )
    remembered = await remembered_of(script, HashEmbedder())
    assert not remembered.untold
    assert remembered.turns[0].exchange.fan_text == script.said[0]


async def test_a_question_for_a_list_brings_more_turns_to_mind_than_one_for_a_fact() -> None:
    titles = ("Dune", "Emma", "Ulysses", "Beloved", "Middlemarch", "Persuasion", "Kim", "Walden", "Candide", "Hamlet")
    said = tuple(
        Exchange(f"t{n}", f"I finished the novel {title}.", "Nice.", "completed", 1, n * 10**8)
        for n, title in enumerate(titles)
    )
    assert len((await ask("Which books have I told you about?", said=said)).turns) == LIST_TURNS_K
    assert len((await ask("What did I tell you about the novel Emma?", said=said)).turns) == TURNS_K


async def test_a_question_of_the_fans_own_is_no_evidence() -> None:
    said = (Exchange("t1", "Do you remember what I said about my violin?", "No.", "completed", 1, 1),)
    assert (await ask("What did I tell you about my violin?", said=said)).untold


async def test_boundaries_and_the_name_are_always_in_mind() -> None:
    messages = ("Please don't talk about my father.", "My name is Mara.", *(f"I love dish{n}." for n in range(20)))
    remembered = await ask("Do I love dish7?", notes_after(messages))
    assert texts(remembered)[0] == "I love dish7."
    assert {"Please don't talk about my father.", "My name is Mara."} <= set(texts(remembered))
    assert len(remembered.notes) == NOTES_K


async def test_a_note_beyond_the_horizon_is_neither_told_nor_evidence() -> None:
    (note,) = notes_after(("I live in Lima.",))
    ahead = replace(note, horizon=5)
    assert (await ask("Where do I live?", (ahead,), horizon=4)) == Remembered(untold=True)
    assert texts(await ask("Where do I live?", (ahead,), horizon=5)) == ["I live in Lima."]


async def test_a_turn_beyond_the_horizon_does_not_come_to_mind() -> None:
    said = (Exchange("t1", "The deed was burnt by Gideon.", "Hush.", "completed", 5, 1),)
    assert (await ask("What did I tell you about the deed?", said=said, horizon=4)).turns == ()
    assert len((await ask("What did I tell you about the deed?", said=said, horizon=5)).turns) == 1


@pytest.mark.parametrize(
    ("question", "slots"),
    [
        ("Where do I live now?", {"fan.home"}),
        ("What’s my dog’s name?", {"fan.pet:dog"}),
        ("¿Cómo se llama mi perro?", {"fan.pet:dog"}),
        ("我的狗叫什么？", {"fan.pet:dog"}),
        ("Onde eu moro?", {"fan.home"}),
        ("Como se chama o meu cachorro?", {"fan.pet:dog"}),
        ("Qual é a minha cor favorita?", {"fan.favourite:colour"}),
        ("Quantos anos eu tenho?", {"fan.age"}),
        ("Eu ainda gosto de sushi?", {"fan.likes:sushi"}),
        ("Quando é a minha prova?", {"fan.date:exam"}),
        ("Do I still like sushi?", {"fan.likes:sushi"}),
        ("When is my exam?", {"fan.date:exam"}),
    ],
)
def test_a_question_about_the_fan_names_its_slots(question: str, slots: set[str]) -> None:
    assert asked(question).slots == slots


@pytest.mark.parametrize(
    "question",
    ["Who burnt the deed?", "Do you love me?", "Tell me about the lantern.", "I live in Lima.", "你喜欢我吗？"],
)
def test_a_question_about_the_story_is_not_one_about_the_fan(question: str) -> None:
    assert not asked(question).about_fan
