"""What an act rests on must be there: photographs and papers were uploaded before they are named in a form."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from core.problems import FieldError, Invalid
from core.registry import evidence
from core.storage.database import Transaction


async def check_attached(tx: Transaction, hashes: Iterable[str], form: msgspec.Struct) -> None:
    """Raises Invalid at every field that names a file nobody uploaded here."""
    wanted = list(dict.fromkeys(hashes))
    gone = await evidence.missing(tx, wanted) if wanted else []
    if gone:
        fields = tuple(
            FieldError(name, "有一份材料系统里没有，请重新拍照上传") for name in _naming(form, gone)
        )
        raise Invalid("有照片或者材料没有上传成功", fields=fields or (FieldError("", "请重新上传材料"),))


def _naming(form: msgspec.Struct, gone: Collection[str]) -> list[str]:
    values = {name: getattr(form, name) for name in form.__struct_fields__}
    return [
        name for name, value in values.items() if isinstance(value, tuple) and set(gone) & set(_texts(value))
    ]


def _texts(value: Iterable[object]) -> list[str]:
    return [item for item in value if isinstance(item, str)]
