"""Pages, one module per audience. `ROOT` belongs to no district; `HANDLERS` are mounted below `/d/{district}`."""

from core.web.pages import (
    accounts,
    acting,
    admin,
    applying,
    audit,
    complaints,
    demo_phones,
    door,
    exports,
    figures,
    files,
    five_haves,
    household,
    office,
    office_postings,
    opening,
    papers,
    payment_rolls,
    plugins,
    private,
    public,
    publicity,
    reach,
    receipts,
    rounds,
    second_factor,
    sign_in,
    speaking_up,
    sso,
    word_forms,
)

ROOT = (*door.ROOT, *speaking_up.ROOT, *reach.ROOT)
HANDLERS = (
    *door.HANDLERS, *second_factor.HANDLERS, *sso.HANDLERS, *office.HANDLERS, *rounds.HANDLERS, *opening.HANDLERS, *acting.HANDLERS, *private.HANDLERS,
    *household.HANDLERS, *public.HANDLERS, *figures.HANDLERS, *admin.HANDLERS, *accounts.HANDLERS, *audit.HANDLERS,
    *files.HANDLERS, *exports.HANDLERS, *papers.HANDLERS, *payment_rolls.HANDLERS, *plugins.HANDLERS, *speaking_up.HANDLERS,
    *complaints.HANDLERS, *publicity.HANDLERS, *office_postings.HANDLERS, *reach.HANDLERS, *word_forms.HANDLERS, *five_haves.HANDLERS,
    *applying.HANDLERS, *receipts.HANDLERS, *demo_phones.HANDLERS, *sign_in.HANDLERS,
)  # fmt: skip
