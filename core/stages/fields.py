"""Field types that forms share: their label, limits and widget in one place."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Sentence = Annotated[str, Meta(min_length=2, max_length=200)]
Reason = Annotated[str, Meta(title="理由", min_length=4, max_length=2000, extra={"widget": "textarea"})]
Notes = Annotated[str, Meta(title="说明", max_length=2000, extra={"widget": "textarea"})]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Photos = Annotated[tuple[Hash, ...], Meta(title="照片", max_length=20, extra={"widget": "photos"})]
Papers = Annotated[
    tuple[Hash, ...], Meta(title="材料（拍照或 PDF）", max_length=20, extra={"widget": "photos"})
]
Account = Annotated[UUID, Meta(extra={"widget": "account"})]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every action's form: strict and immutable."""
