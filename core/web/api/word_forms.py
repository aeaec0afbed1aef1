"""Word templates of official forms over the API."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from core.problems import FieldError, Invalid
from core.web import word_forms
from core.web.reading import body, query, sent_form
from core.web.visit import Needs
from core.web.word_forms import TemplateFile, TemplateForm, TemplateLine

AnyRequest = Request[Any, Any, Any]

VIEW, EDIT = Needs("config", "view"), Needs("config", "edit")


@get("/admin/papers", opt={"access": VIEW, "answer": tuple[TemplateLine, ...]})
async def listed_templates(request: AnyRequest) -> tuple[TemplateLine, ...]:
    """Official forms, and which have a Word template of the district's own."""
    return await word_forms.listed(request)


@get("/admin/papers/{kind:str}", opt={"access": VIEW, "answer": TemplateFile})
async def one_template(request: AnyRequest, kind: FromPath[str]) -> TemplateFile:
    """One form: its versions, and every variable a template may name."""
    return await word_forms.one(request, kind)


@post(
    "/admin/papers/{kind:str}",
    status_code=200,
    opt={"access": EDIT, "upload": True, "query": TemplateForm, "answer": TemplateFile},
)
async def save_template(request: AnyRequest, kind: FromPath[str]) -> TemplateFile:
    """Save a template (.docx, multipart field `file`); what is wrong with it is told at `file`."""
    form = query(request, TemplateForm)
    sort = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = (await sent_form(request)).get("file") if sort == "multipart/form-data" else None
    if not isinstance(sent, UploadFile):
        raise Invalid("没有收到文件", fields=(FieldError("file", "请选择 Word 模板（.docx）"),))
    await word_forms.save(request, kind, form, await sent.read())
    return await word_forms.one(request, kind)


@post(
    "/admin/papers/{kind:str}/withdraw",
    status_code=200,
    opt={"access": EDIT, "body": TemplateForm, "answer": TemplateFile},
)
async def withdraw_template(request: AnyRequest, kind: FromPath[str]) -> TemplateFile:
    """From a day on the form is printed in the platform's own layout again."""
    await word_forms.save(request, kind, await body(request, TemplateForm), None)
    return await word_forms.one(request, kind)


@get("/admin/papers/{kind:str}/starter.docx", opt={"access": VIEW, "file": True})
async def starter_template(request: AnyRequest, kind: FromPath[str]) -> Response[bytes]:
    """The template to start from, with every variable in its place."""
    return await word_forms.start_from(request, kind)


HANDLERS = (listed_templates, one_template, save_template, withdraw_template, starter_template)
