"""What the rules read in a message, in four languages, and what they must not read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.extracting import SAYINGS_MAX, RuleExtractor, extract

READ = [
    ("I live in Lima with my two cats.", [("fan.home", "lima")]),
    ("My name is Mara and I work at a bakery, but I hate mornings.",
     [("fan.name", "mara"), ("fan.employer", "bakery"), ("fan.likes:mornings", "dislike")]),
    ("My sister Ana lives in Quito.", [("fan.family:sister", "ana")]),
    ("my dog is called “Rex”", [("fan.pet:dog", "rex")]),
    ("I’m a nurse now.", [("fan.work", "nurse")]),
    ("I quit my job.", [("fan.work", ""), ("fan.employer", "")]),
    ("Please don't talk about my father.", [("fan.boundary:father", "father")]),
    ("You can talk about my father again.", [("fan.boundary:father", "")]),
    ("I promise to finish the season tonight.", [("fan.plan:finish the season", "finish the season")]),
    ("My favorite color is green", [("fan.favourite:colour", "green")]),
    ("Don't call me sweetie.", [("fan.boundary:call me", "sweetie")]),
    ("Please call me Mo.", [("fan.name", "mo")]),
    ("my bf dumped me", [("fan.partner", "")]),
    ("My exam got moved to Monday.", [("fan.date:exam", "monday")]),
    ("I love sushi. I don't like sushi any more.", [("fan.likes:sushi", "dislike")]),
    ("Me llamo Lucía y vivo en Lima.", [("fan.name", "lucía"), ("fan.home", "lima")]),
    ("Ya no vivo en Lima.", [("fan.home", "")]),
    ("Me mudé a Cusco la semana pasada.", [("fan.home", "cusco")]),
    ("Mi perro se llama Rex.", [("fan.pet:dog", "rex")]),
    ("No me hables de mi padre.", [("fan.boundary:padre", "padre")]),
    ("Ya no me gusta el sushi.", [("fan.likes:sushi", "dislike")]),
    ("Meu nome é Lúcia e moro em Lisboa.", [("fan.name", "lúcia"), ("fan.home", "lisboa")]),
    ("Chamo-me Rui.", [("fan.name", "rui")]),
    ("Me mudei para o Porto na semana passada.", [("fan.home", "porto")]),
    ("Não moro mais em Lisboa.", [("fan.home", "")]),
    ("Já não vivo em Lisboa.", [("fan.home", "")]),
    ("Eu morava em Braga.", [("fan.home", "braga")]),
    ("Sou de Coimbra.", [("fan.origin", "coimbra")]),
    ("Sou enfermeira e trabalho no hospital.", [("fan.work", "enfermeira"), ("fan.employer", "hospital")]),
    ("Fui demitida.", [("fan.work", ""), ("fan.employer", "")]),
    ("O meu cachorro se chama Rex.", [("fan.pet:dog", "rex")]),
    ("Tenho uma gata chamada Mia.", [("fan.pet:cat", "mia")]),
    ("Minha irmã se chama Ana.", [("fan.family:sister", "ana")]),
    ("Meu cachorro morreu.", [("fan.pet:dog", "")]),
    ("Tenho 25 anos.", [("fan.age", "25")]),
    ("Eu gosto muito de sushi.", [("fan.likes:sushi", "like")]),
    ("Já não gosto de sushi.", [("fan.likes:sushi", "dislike")]),
    ("Adoro café.", [("fan.likes:café", "like")]),
    ("Sou alérgica a amendoim.", [("fan.allergy:amendoim", "amendoim")]),
    ("Não me fale do meu pai.", [("fan.boundary:pai", "pai")]),
    ("Pode falar do meu pai de novo.", [("fan.boundary:pai", "")]),
    ("Minha cor favorita é verde.", [("fan.favourite:colour", "verde")]),
    ("Minha prova passou para segunda-feira.", [("fan.date:exam", "segunda-feira")]),
    ("Vou viajar para o Chile amanhã.", [("fan.plan:viajar para o chile", "viajar para o chile")]),
    ("我叫小美，我住在上海。", [("fan.name", "小美"), ("fan.home", "上海")]),
    ("我搬到北京了", [("fan.home", "北京")]),
    ("我的狗叫旺财。", [("fan.pet:dog", "旺财")]),
    ("不要提我爸爸。", [("fan.boundary:爸爸", "爸爸")]),
    ("我不喜欢香菜", [("fan.likes:香菜", "dislike")]),
    ("我在银行工作", [("fan.employer", "银行")]),
]  # fmt: skip

NOT_READ = [
    "If I lived in Paris I would be happy.",
    "I wish I lived in Paris.",
    "Imagine I work at a circus.",
    "I dreamt that I moved to Mars.",
    'She said "I live in Rome".',
    "“I live in Rome, and I work at a bank”, it says.",
    "Gideon says I live in a barn.",
    "Se eu morasse em Paris, seria feliz.",
    "Sonhei que moro em Marte.",
    "Ela disse que eu amo sushi.",
    "Dice que adoro el sushi.",
    "Talvez eu goste de sushi.",
    "Onde eu moro?",
    "Meu cachorro está cansado.",
    "Minha amiga mora em Oslo.",
    "Vivo em paz.",
    "“Moro em Roma e trabalho num banco”, diz o livro.",
    "My friend lives in Oslo.",
    "Tamsin works at a lamp shop.",
    "Do you think I live in Lima?",
    "My dog is tired.",
    "Call me later.",
    "I live in hope.",
    "I moved to tears.",
    "My name is no secret.",
    "My name is not important.",
    "I'm married to my job.",
    "I'm a teacher's pet.",
    "I will kill him.",
    "I'm going to bed.",
    "I'm from the future.",
    "Dime Tamsin, ¿qué pasó?",
    "别叫我小美。",
    "I like you.",
    "I'm so tired today.",
    "I'm not married.",
    "It's not true that I live in Lima.",
    "Si viviera en París sería feliz.",
    "Ojalá viviera en Roma.",
    "Dijo que vivo en un barco.",
    "Mi hermana vive en Quito.",
    "¿Crees que vivo en Lima?",
    "如果我住在巴黎就好了。",
    "她说我住在东京。",
    "我朋友住在奥斯陆。",
    "你觉得我住在哪里？",
    "",
    "…",
]


@pytest.mark.parametrize(("message", "sayings"), READ)
def test_what_a_fan_says_of_themself_is_read(message: str, sayings: list[tuple[str, str]]) -> None:
    assert [(saying.slot, saying.value) for saying in extract(message)] == sayings


@pytest.mark.parametrize("message", NOT_READ)
def test_what_is_quoted_supposed_asked_or_somebody_elses_is_not_read(message: str) -> None:
    assert extract(message) == ()


def test_what_used_to_be_is_marked_as_past() -> None:
    assert [saying.past for saying in extract("I used to live in Lima.")] == [True]


def test_a_note_keeps_only_the_clause_that_says_it() -> None:
    home, work = extract("I live in Lima, and I work as a nurse.")
    assert (home.text, work.text) == ("I live in Lima", "I work as a nurse.")


@given(st.text(max_size=300))
def test_no_message_breaks_the_rules(message: str) -> None:
    assert len(extract(message)) <= SAYINGS_MAX


@given(st.text(alphabet="i live in my dog called ,.\"'“”?!我住在叫", max_size=400))
def test_no_likely_message_breaks_them_either(message: str) -> None:
    for saying in extract(message):
        assert saying.slot.startswith("fan.")
        assert len(saying.text) <= 280


def test_a_message_made_to_be_slow_is_read_at_once() -> None:
    assert extract("I live in " + "a" * 100_000) == ()
    assert extract("my dog my cat " * 5_000) == ()
    assert extract('"' * 5_000 + "'a" * 3_000) == ()


async def test_the_extractor_of_the_port_reads_by_these_rules() -> None:
    assert await RuleExtractor().read("I live in Lima.") == extract("I live in Lima.")
