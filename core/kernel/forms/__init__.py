"""Forms: an action's form type is a msgspec Struct; this decodes what people send, and describes it for rendering.

    class VisitForm(Struct, frozen=True, forbid_unknown_fields=True):
        visitors: Annotated[tuple[Account, ...], Meta(title="调查人", min_length=2)]
        income: Annotated[Decimal, Meta(title="年收入", extra={"widget": "money", "ge": 0, "unit": "元/年"})]

msgspec stops at the first error and speaks English to programmers; `decode` collects every error in Chinese, at its
field. Pages and API both use it, and nothing else decodes user input into forms. Keys of `Meta.extra` understood here:

    widget    text textarea number money select radio checkbox checkboxes date rows lines group photos account
              id_number phone area … (guessed from the type where absent)
    labels    {value: Chinese label} for choices          unit, placeholder, hint   shown beside the input
    ge gt le lt   limits where msgspec takes none (Decimal, date); `minimum` and `maximum` say ge and le;
              Decimal also `places` (money: 2)
    message   what to say when a pattern does not match
"""

from core.kernel.forms.decode import decode
from core.kernel.forms.describe import FieldSpec, describe
from core.kernel.forms.flat import flatten, unflatten

__all__ = ["FieldSpec", "decode", "describe", "flatten", "unflatten"]
