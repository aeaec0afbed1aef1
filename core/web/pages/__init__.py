"""Pages, one module per audience. `ROOT` belongs to no district; `HANDLERS` are mounted below `/d/{district}`."""

from core.web.pages import acting, admin, door, figures, files, household, office, opening, papers, public

ROOT = door.ROOT
HANDLERS = (
    *door.HANDLERS, *office.HANDLERS, *opening.HANDLERS, *acting.HANDLERS, *household.HANDLERS, *public.HANDLERS,
    *figures.HANDLERS, *admin.HANDLERS, *files.HANDLERS, *papers.HANDLERS,
)  # fmt: skip
