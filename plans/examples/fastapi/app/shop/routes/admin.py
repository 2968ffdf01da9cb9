import os

from fastapi import APIRouter, Depends, HTTPException

from shop.auth import current_user
from shop.database import Item, Session, User

ADMIN_EMAILS = os.environ.get("ADMIN_EMAILS", "").split(",")
router = APIRouter()


@router.get("/admin/stats")
def stats(user=Depends(current_user)):
    if user.email not in ADMIN_EMAILS:
        raise HTTPException(403, "not an admin")
    with Session() as session:
        return {"users": session.query(User).count(), "items": session.query(Item).count()}
