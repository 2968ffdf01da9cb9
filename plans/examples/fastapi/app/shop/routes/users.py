import os

from fastapi import APIRouter, Depends

from shop.auth import current_user
from shop.database import Session, User

PAGE_SIZE = int(os.environ.get("PAGE_SIZE", "20"))
router = APIRouter()


@router.get("/users")
def users(page: int = 0, user=Depends(current_user)):
    with Session() as session:
        rows = session.query(User.email).order_by(User.id).offset(page * PAGE_SIZE).limit(PAGE_SIZE)
        return {"users": [email for email, in rows]}
