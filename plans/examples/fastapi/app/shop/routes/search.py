import os

from fastapi import APIRouter
from sqlalchemy import text

from shop.database import Session

LANGUAGE = os.environ.get("SEARCH_LANGUAGE", "simple")
router = APIRouter()

QUERY = text("""
    SELECT name FROM items
    WHERE to_tsvector(CAST(:language AS regconfig), name || ' ' || description)
          @@ plainto_tsquery(CAST(:language AS regconfig), :q)
    ORDER BY id""")


@router.get("/search")
def search(q: str):
    with Session() as session:
        return {"found": list(session.execute(QUERY, {"language": LANGUAGE, "q": q}).scalars())}
