"""Where everything is kept: the database, the objects, and the keys that protect them."""

from core.storage.database import Database, Transaction

__all__ = ["Database", "Transaction"]
