"""Every router of the console, one line each; the last one answers what no other knows."""

from fastapi import APIRouter

from api.pages import home, own_sessions, sign_in, static_files

PAGES: tuple[APIRouter, ...] = (
    home.router,
    static_files.router,
    sign_in.router,
    own_sessions.router,
)
