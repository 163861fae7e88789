"""From files and folders to a show: order, numbers, limits and the sentences of refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from characters import script_files
from characters.errors import EmptyScript, NoCue, UnknownFormat, UnreadableScript
from characters.importing import SHOWS_FOLDER
from characters.reading import read_script, read_show
from characters.script_files import number_in_name

TALK = "INT. SHOP\n\nTAMSIN\nMind the step.\n"
SAMPLE = SHOWS_FOLDER / "lantern-contract"


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.fountain").write_text(text, encoding="utf-8")
    return tmp_path


def test_one_file_is_episode_one_unless_it_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "pilot.txt").write_text(TALK, encoding="utf-8")
    (tmp_path / "ep07.fountain").write_text(TALK, encoding="utf-8")
    assert read_script(tmp_path / "pilot.txt").episodes[0].number == 1
    assert read_script(tmp_path / "ep07.fountain").episodes[0].number == 7


def test_a_folder_is_read_in_the_order_of_episode_numbers(tmp_path: Path) -> None:
    show = folder(tmp_path, ep10=TALK, ep2=TALK, zzz=f"Title: S\nEpisode: 1\n\n{TALK}")
    script = read_script(show)
    assert [episode.number for episode in script.episodes] == [1, 2, 10]
    assert script.report.cues == {"TAMSIN": 3}
    assert (script.report.episodes, script.report.scenes) == (3, 3)


def test_the_episode_key_goes_before_the_files_name(tmp_path: Path) -> None:
    show = folder(tmp_path, ep1=f"Episode: 4\n\n{TALK}", ep2=TALK)
    assert [episode.number for episode in read_script(show).episodes] == [2, 4]


def test_the_number_in_a_name_is_the_last_one() -> None:
    assert number_in_name("The 39 Steps - s01e07") == 7
    assert number_in_name("第１２集") == 12
    assert number_in_name("pilot") == 0


def test_a_name_forced_in_one_episode_is_a_cue_in_all(tmp_path: Path) -> None:
    show = folder(tmp_path, ep1="@李明\n不急。\n", ep2="李明\n等等。\n")
    assert read_script(show).report.cues == {"李明": 2}


def test_two_files_of_one_number_are_refused_with_both_names(tmp_path: Path) -> None:
    with pytest.raises(UnreadableScript) as refused:
        read_script(folder(tmp_path, a1=TALK, b01=TALK))
    assert str(refused.value) == "b01.fountain cannot be read as a script: it is episode 1, and so is a1.fountain."


def test_a_file_of_a_folder_needs_a_number(tmp_path: Path) -> None:
    with pytest.raises(UnreadableScript, match="no episode number"):
        read_script(folder(tmp_path, ep1=TALK, pilot=TALK))


def test_episode_zero_is_refused_because_nothing_may_be_known_before_episode_one(tmp_path: Path) -> None:
    with pytest.raises(UnreadableScript, match="episodes count from 1"):
        read_script(folder(tmp_path, ep1=f"Episode: 0\n\n{TALK}"))


def test_one_unreadable_file_refuses_the_whole_folder(tmp_path: Path) -> None:
    show = folder(tmp_path, ep1=TALK)
    (show / "ep2.fountain").write_bytes(b"INT. SHOP\n\nJOS\xc9\nNo.\n")
    with pytest.raises(UnreadableScript) as refused:
        read_script(show)
    assert str(refused.value) == "ep2.fountain cannot be read as a script: it is not UTF-8 text."


def test_utf_16_with_its_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "ep1.fountain").write_bytes("JOSÉ\r\nNo.\r\n".encode("utf-16"))
    assert read_script(tmp_path / "ep1.fountain").report.cues == {"JOSÉ": 1}


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        (b"", EmptyScript, "there is nothing in it"),
        (b"\xef\xbb\xbf \n\n", EmptyScript, "there is nothing in it"),
        (b"Title: X\n\n[[a note]]\n", EmptyScript, "there is nothing in it"),
        (b"INT. SHOP\n\nNobody speaks.\n", NoCue, "nobody speaks in it"),
        (b"%PDF-1.7\x00\x01", UnreadableScript, "it is not text"),
        (b"\x89PNG\r\n\x1a\n", UnreadableScript, "it is not UTF-8 text"),
        (b"A" * 10_001, UnreadableScript, "line 1 has more than 10000 characters"),
    ],
)
def test_what_is_not_a_script_is_refused_with_a_reason(
    tmp_path: Path, content: bytes, error: type[UnreadableScript], reason: str
) -> None:
    (tmp_path / "ep1.fountain").write_bytes(content)
    with pytest.raises(error, match=reason) as refused:
        read_script(tmp_path / "ep1.fountain")
    assert type(refused.value) is error
    assert str(tmp_path) not in str(refused.value)
    assert str(refused.value).startswith("ep1.fountain ")


def test_a_missing_path_and_an_empty_folder_are_refused_by_their_own_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableScript) as missing:
        read_script(tmp_path / "nowhere")
    assert str(missing.value) == "nowhere cannot be read as a script: there is no such file or folder."
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmptyScript) as empty:
        read_script(tmp_path / "empty")
    assert empty.value.source == "empty"


def test_limits_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show = folder(tmp_path, ep1=TALK, ep2=TALK)
    for limit, size in (("FILE_BYTES_MAX", len(TALK) - 1), ("TOTAL_BYTES_MAX", len(TALK) + 1), ("FILES_MAX", 1)):
        with monkeypatch.context() as patched:
            patched.setattr(script_files, limit, size)
            with pytest.raises(UnreadableScript):
                read_script(show)
    assert len(read_script(show).episodes) == 2


def test_what_a_folder_holds_beside_scripts_is_reported_not_dropped(tmp_path: Path) -> None:
    show = folder(tmp_path, ep1=TALK)
    (show / "ep2.docx").write_bytes(b"PK")
    (show / ".hidden").write_bytes(b"")
    assert [entry.source for entry in read_script(show).report.unplaced] == ["ep2.docx"]


def test_the_title_is_the_scripts_own_when_they_agree(tmp_path: Path) -> None:
    show = folder(tmp_path, ep1=f"Title: A\n\n{TALK}", ep2=f"Title: A\n\n{TALK}")
    assert read_show(show).title == "A"
    folder(tmp_path, ep3=TALK)
    assert read_show(show).title == ""


def test_the_sample_show_reads_whole() -> None:
    found = read_show(SAMPLE)
    report = found.script.report
    assert found.title == "The Lantern Contract"
    assert [episode.number for episode in found.script.episodes] == list(range(1, 41))
    assert (report.episodes, report.scenes, report.unplaced, report.merged) == (40, 61, (), {})
    assert report.cues == {
        "TAMSIN": 210, "GIDEON": 140, "PIKE": 57, "CORALIE": 47, "HONORIA": 45, "FENN": 44, "李明": 37, "JOSÉ": 35,
        "BARNABY": 9, "REGISTRAR": 4, "INSPECTOR BRAITHE": 4, "FOREMAN": 3, "REPORTER": 2, "NURSE": 2, "SECRETARY": 1,
    }  # fmt: skip


def test_what_was_cut_from_the_sample_show_is_nowhere() -> None:
    everything = str(read_show(SAMPLE)).upper()
    assert "ZEPHYRQUILL" not in everything
    assert "NOTE TO THE DIRECTOR" not in everything


@pytest.mark.parametrize(
    ("cue", "episode"), [("TAMSIN", 1), ("FENN", 2), ("HONORIA", 3), ("BARNABY", 10), ("李明", 13), ("NURSE", 17)]
)
def test_the_sample_characters_are_first_present_where_they_first_appear(cue: str, episode: int) -> None:
    assert read_script(SAMPLE).first_episode_of(cue) == episode


DIALOGUE = "TAMSIN: Mind the step.\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nTAMSIN: Mind the step.\n"
FDX = (
    "<FinalDraft><Content><Paragraph Type='Character'><Text>TAMSIN</Text></Paragraph>"
    "<Paragraph Type='Dialogue'><Text>Mind the step.</Text></Paragraph></Content></FinalDraft>"
)
TEI = "<TEI><text><body><sp><speaker>TAMSIN.</speaker><p>Mind the step.</p></sp></body></text></TEI>"


def test_a_folder_may_mix_formats_and_the_report_tells_each_file(tmp_path: Path) -> None:
    texts = {"ep1.txt": DIALOGUE, "ep2.fdx": FDX, "ep3.srt": SRT, "ep4.xml": TEI, "ep5.fountain": TALK}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = read_script(tmp_path).report
    assert [(file.source, file.format, file.episodes) for file in report.files] == [
        ("ep1.txt", "dialogue", (1,)),
        ("ep2.fdx", "fdx", (2,)),
        ("ep3.srt", "srt", (3,)),
        ("ep4.xml", "tei", (4,)),
        ("ep5.fountain", "fountain", (5,)),
    ]
    assert (report.cues, report.unplaced) == ({"TAMSIN": 5}, ())


def test_a_text_that_is_no_script_is_left_out_of_a_folder_and_refused_by_itself(tmp_path: Path) -> None:
    (tmp_path / "ep1.txt").write_text(DIALOGUE, encoding="utf-8")
    (tmp_path / "readme.txt").write_text("Dear diary, nothing happened.\n", encoding="utf-8")
    assert [entry.source for entry in read_script(tmp_path).report.unplaced] == ["readme.txt"]
    with pytest.raises(UnknownFormat, match="--format"):
        read_script(tmp_path / "readme.txt")
    (tmp_path / "ep1.txt").unlink()
    with pytest.raises(UnknownFormat, match=r"readme\.txt"):
        read_script(tmp_path)
    (tmp_path / "ep1.fdx").write_text("<?xml version='1.0'?><html/>", encoding="utf-8")
    with pytest.raises(UnknownFormat, match=r"ep1\.fdx"):
        read_script(tmp_path)


def test_a_format_that_is_named_is_not_doubted(tmp_path: Path) -> None:
    (tmp_path / "ep1.txt").write_text(f"{TALK}\nGIDEON: I do.\n", encoding="utf-8")
    (tmp_path / "ep2.fountain").write_text(TALK, encoding="utf-8")
    with pytest.raises(UnknownFormat, match="1 speeches in Fountain's way"):
        read_script(tmp_path)
    (tmp_path / "ep2.fountain").unlink()
    assert read_script(tmp_path, script_format="fountain").report.cues == {"TAMSIN": 1}
    assert read_script(tmp_path, script_format="dialogue").report.cues == {"GIDEON": 1}


def test_a_text_beside_a_folder_of_episodes_does_not_hide_them(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text(DIALOGUE, encoding="utf-8")
    (tmp_path / "episodes").mkdir()
    folder(tmp_path / "episodes", ep3=TALK)
    assert [episode.number for episode in read_script(tmp_path).episodes] == [3]


def test_one_file_may_hold_the_season_and_an_episode_may_begin_only_once(tmp_path: Path) -> None:
    season = tmp_path / "season.txt"
    season.write_text(f"EPISODE 2\n{DIALOGUE}EPISODE 1\n{DIALOGUE}EPISODE 3\n", encoding="utf-8")
    script = read_script(season)
    assert [episode.number for episode in script.episodes] == [1, 2]
    assert [(entry.text, entry.reason) for entry in script.report.unplaced] == [
        ("episode 3", "nothing is written for this episode")
    ]
    season.write_text(f"EPISODE 1\n{DIALOGUE}EPISODE 1\n{DIALOGUE}", encoding="utf-8")
    with pytest.raises(UnreadableScript, match="episode 1 begins twice in it"):
        read_script(season)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", [DIALOGUE, SRT, FDX, TEI, TALK, "李明：不急。\r\n△他走了。\r\n"])
def test_every_format_is_read_in_every_encoding_that_says_so(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "ep1.txt").write_bytes(text.encode(encoding))
    assert sum(read_script(tmp_path / "ep1.txt").report.cues.values()) == 1


@pytest.mark.parametrize("name", ["ep1.fdx", "ep1.srt", "ep1.vtt", "ep1.txt", "ep1.xml"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "there is nothing in it"),
        (b"\x00\x01\x02\xff", "it is not UTF-8 text"),
        ("JOSÉ: Non.".encode("latin-1"), "it is not UTF-8 text"),
        ("李明：不急。".encode("gb18030"), "it is not UTF-8 text"),
        (DIALOGUE.encode("utf-16-le"), "it is not text"),
        (b"A: x\n" * 1_000_001, "it is larger than 5000000 bytes"),
    ],
)
def test_what_cannot_be_read_is_refused_whatever_it_is_called(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableScript, match=reason):
        read_script(tmp_path)


def test_subtitles_without_a_single_label_are_read_and_every_speech_is_reported(tmp_path: Path) -> None:
    (tmp_path / "ep1.srt").write_text(SRT.replace("TAMSIN: ", ""), encoding="utf-8")
    script = read_script(tmp_path)
    assert (script.report.cues, len(script.report.unplaced)) == ({}, 1)
    assert [line.text for scene in script.scenes() for line in scene.lines] == ["Mind the step."]


def test_whoever_never_speaks_in_the_show_is_not_among_those_present(tmp_path: Path) -> None:
    (tmp_path / "ep1.txt").write_text("第1集\n1-1 夜 内\n人物：李明、王芳、路人\n李明：不急。\n", encoding="utf-8")
    (tmp_path / "ep2.txt").write_text("王芳：好。\n", encoding="utf-8")
    assert read_script(tmp_path).scenes()[0].present == {"李明", "王芳"}


def test_cyrillic_and_han_people_are_seen_in_action(tmp_path: Path) -> None:
    text = "ГИДЕОН: Нет.\n李明：不急。\n---\n△ Гидеон и 李明 уходят.\n"
    (tmp_path / "ep1.txt").write_text(text, encoding="utf-8")
    assert read_script(tmp_path).scenes()[1].present == {"ГИДЕОН", "李明"}


def test_what_is_set_aside_is_counted_for_every_file() -> None:
    files = read_script(SAMPLE).report.files
    assert {file.format for file in files} == {"fountain"}
    assert all(file.set_aside["title page"] >= 2 for file in files)
    assert sum(file.set_aside.get("note", 0) for file in files) > 0
