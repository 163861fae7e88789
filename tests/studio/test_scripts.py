"""Shows and scripts in the Studio: dropped in, read, compared, imported again, and kept from whoever may not read."""

from __future__ import annotations

from tests.gateway.builders import House
from tests.gateway.story import CANON, EPISODES, SHOW, TERMS, WITHHELD
from tests.staff.browsing import signed_in
from tests.studio.team import AT, JSON, jobs_done, team_of

LONG_AGO, LATER = "2020-01-01", "2999-01-01"


def files_of(**changed: str) -> list[tuple[str, tuple[str, bytes]]]:
    """The small show as a browser sends it, with some episodes written otherwise."""
    scripts = {f"ep{number}.fountain": text for number, text in EPISODES.items()}
    scripts |= {"canon.yaml": CANON, "terms.yaml": TERMS}
    scripts |= {f"{name}.fountain": text for name, text in changed.items()}
    return [("file", (name, text.encode())) for name, text in scripts.items()]


async def test_an_episode_that_has_not_aired_is_read_only_by_those_who_may(house: House) -> None:
    async with team_of(house) as team:
        for episode, date in (("1", LONG_AGO), ("2", LATER)):
            await team.ana.post(f"{AT}/airings", {"episode": episode, "date": date})
        seen = (await team.vi.get(f"{AT}/script")).text + (await team.vi.get(AT)).text
        assert "2 episodes are under embargo" in seen
        assert f"{AT}/script/1" in seen
        assert f"{AT}/script/2" not in seen
        assert "GIDEON" not in seen
        assert (await team.vi.get(f"{AT}/script/1")).status_code == 200
        for hidden in ("2", "3", "9"):
            answer = await team.vi.get(f"{AT}/script/{hidden}")
            assert (answer.status_code, WITHHELD in answer.text) == (404, False)
        for path in ("canon", "characters", "characters/tamsin/versions", "ask", "rights", "log"):
            assert (await team.vi.get(f"{AT}/{path}")).status_code == 403
        for reader in (team.ana, team.ben, team.cy):
            assert WITHHELD in (await reader.get(f"{AT}/script/3")).text


async def test_airing_dates_are_set_for_all_and_taken_back(house: House) -> None:
    async with team_of(house) as team:
        await team.ana.post(f"{AT}/airings", {"date": LONG_AGO, "every": "7"})
        assert (await team.vi.get(f"{AT}/script/3")).status_code == 200
        await team.ana.post(f"{AT}/airings", {"episode": "3", "date": ""})
        assert (await team.vi.get(f"{AT}/script/3")).status_code == 404
        wrong = await team.ana.post(f"{AT}/airings", {"episode": "3", "date": "soon"})
        assert (wrong.status_code, "written like 2027-01-15" in wrong.text) == (422, True)


async def test_an_import_shows_what_it_changes_and_changes_nothing_for_fans(house: House) -> None:
    rewritten = EPISODES[1].replace("The third one is a liar", "The fourth one is a liar")
    async with team_of(house) as team:
        kept = await team.ana.post(f"{AT}/files", files=files_of(ep1=rewritten), **JSON)
        assert len(kept.json()["kept"]) == 5
        shown = (await team.ana.get(f"{AT}/files/changes")).text
        assert "Episode 1 " in shown
        assert "-TAMSIN: Mind the step. The third one" in shown
        assert "+TAMSIN: Mind the step. The fourth one" in shown
        await team.ana.get(f"{AT}/files")
        await team.ana.post(f"{AT}/files/import")
        await jobs_done()
        assert "is release 2" in (await team.ana.get(f"{AT}/files")).text
        assert (await house.store.catalogue.published(SHOW)).version == 1
        assert "The same as the newest release" in (await team.ana.get(f"{AT}/files/changes")).text
        await team.cy.get(AT)
        await team.cy.post(f"{AT}/releases", {"version": "2"})
        assert (await house.store.catalogue.published(SHOW)).version == 2
        await team.cy.post(f"{AT}/releases", {"version": "1"})
        assert (await house.store.catalogue.published(SHOW)).version == 1


async def test_a_file_that_is_left_out_takes_its_episode_with_it(house: House) -> None:
    async with team_of(house) as team:
        await team.ana.post(f"{AT}/files", files=files_of(), **JSON)
        await team.ana.post(f"{AT}/files/remove", {"name": "ep3.fountain"})
        shown = (await team.ana.get(f"{AT}/files/changes")).text
        assert "Episode 3 would be gone." in shown


async def test_what_cannot_be_read_is_one_sentence_and_nothing_is_stored(house: House) -> None:
    async with team_of(house) as team:
        await team.ana.get(f"{AT}/files")
        broken = [("file", ("canon.yaml", b"- {id: F1, text: x, episode_aired: soon}")), *files_of()[:3]]
        await team.ana.post(f"{AT}/files", files=broken, **JSON)
        refused = await team.ana.get(f"{AT}/files/changes")
        assert (refused.status_code, "canon.yaml is not valid" in refused.text) == (422, True)
        await team.ana.post(f"{AT}/files/import")
        await jobs_done()
        assert "canon.yaml is not valid" in (await team.ana.get(f"{AT}/files")).text
        assert (await house.store.catalogue.newest(SHOW)).version == 1
        for name in ("", ".hidden", "x" * 180):
            answer = await team.ana.post(f"{AT}/files", files=[("file", (name, b"x"))], **JSON)
            assert answer.status_code == 422, name


async def test_a_file_name_cannot_leave_its_folder(house: House) -> None:
    async with team_of(house) as team:
        kept = await team.ana.post(f"{AT}/files", files=[("file", ("../../etc/ep9.fountain", b"x"))], **JSON)
        assert kept.json()["kept"] == ["ep9.fountain"]


async def test_a_show_is_begun_once_by_somebody_who_may(house: House) -> None:
    async with signed_in(house.base, house.store, "root", ("admin", "")) as root:
        await root.get("/studio")
        assert (await root.post("/studio", {"slug": "second", "title": "Second"})).status_code == 303
        assert (await root.post("/studio", {"slug": "second", "title": "Second"})).status_code == 409
        assert (await root.post("/studio", {"slug": "No Slug!", "title": "x"})).status_code == 422
        for page in ("", "/files", "/script", "/characters", "/rights", "/team", "/log", "/ask", "/probes"):
            assert (await root.get(f"/studio/second{page}")).status_code == 200, page
        assert (await root.get("/studio/second/canon")).status_code == 404


async def test_facts_are_written_approved_and_taken_out_by_name(house: House) -> None:
    async with team_of(house) as team:
        await team.ana.get(f"{AT}/canon")
        fact = {"do": "write", "text": "The till floats.", "subject": "TILL", "kind": "secret", "from_episode": "2"}
        await team.ana.post(f"{AT}/canon", {**fact, "knows.TAMSIN": "1", "knows.GIDEON": ""})
        release = await house.store.catalogue.release(await house.store.catalogue.newest(SHOW))
        (written,) = [one for one in release.facts if one.text == "The till floats."]
        assert (dict(written.known_by), written.kind, written.from_episode) == ({"TAMSIN": 1}, "secret", 2)
        assert "The till floats." in (await team.ana.get(f"{AT}/canon?who=TAMSIN&q=till")).text
        assert "The till floats." not in (await team.ana.get(f"{AT}/canon?who=GIDEON")).text
        authored = await team.ana.post(f"{AT}/canon", {"do": "reject", "id": "F1"})
        assert (authored.status_code, "canon.yaml" in authored.text) == (422, True)
        await team.ana.post(f"{AT}/canon", {"do": "reject", "id": written.id})
        after = await house.store.catalogue.release(await house.store.catalogue.newest(SHOW))
        assert written not in after.facts
        log = [(one.action, one.author) for one in await house.store.catalogue.audit_log(SHOW)]
        assert log[-2:] == [("fact.approved", "ana"), ("fact.rejected", "ana")]
        wrong = await team.ana.post(f"{AT}/canon", {**fact, "until_episode": "1"})
        assert wrong.status_code == 422
        await jobs_done()
