"""Everything under `/studio`. Which duty a page or a form needs stands where it is added."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.studio.canon_routes import add_canon
from gateway.studio.experiment_routes import add_experiments
from gateway.studio.question_routes import add_questions
from gateway.studio.review_routes import add_decisions, add_versions
from gateway.studio.services import Studio
from gateway.studio.sheet_routes import add_editor, add_export, add_listening, add_people
from gateway.studio.show_routes import add_files, add_overview, add_script, add_shows
from gateway.studio.team_routes import add_rights, add_team
from gateway.studio.trial_routes import add_asking, add_probing


def studio_router(studio: Studio) -> APIRouter:
    """The pages and forms of the Studio."""
    router = studio.door.router("/studio")
    for add in (
        add_shows,
        add_overview,
        add_files,
        add_script,
        add_canon,
        add_people,
        add_editor,
        add_listening,
        add_export,
        add_versions,
        add_decisions,
        add_asking,
        add_probing,
        add_experiments,
        add_questions,
        add_rights,
        add_team,
    ):
        add(router, studio)
    return router
