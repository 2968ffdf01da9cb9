"""Accounts: register, log in, exchange the login for a token, be somebody."""
import os
import secrets

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.security import HTTPBearer
from passlib.context import CryptContext
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from shop import cache, tokens
from shop.database import Session, User

passwords = CryptContext(
    schemes=["bcrypt"], bcrypt__rounds=int(os.environ.get("PASSWORD_ROUNDS", "10")))
bearer = HTTPBearer()
router = APIRouter()


class Account(BaseModel):
    email: str
    password: str


@router.post("/auth/register", status_code=201)
def register(account: Account):
    with Session() as session:
        session.add(User(email=account.email, password_hash=passwords.hash(account.password)))
        try:
            session.commit()
        except IntegrityError:
            raise HTTPException(409, "this email has an account")
    return {"email": account.email}


@router.post("/auth/login")
def login(account: Account):
    with Session() as session:
        user = session.query(User).filter_by(email=account.email).one_or_none()
    if user is None or not passwords.verify(account.password, user.password_hash):
        raise HTTPException(401, "unknown email or wrong password")
    refresh_token = secrets.token_urlsafe(24)
    cache.put("refresh:" + refresh_token, account.email)
    return {"refresh_token": refresh_token}


@router.post("/auth/token")
def token(refresh_token: str = Form(), client_id: str = Form()):
    email = cache.get("refresh:" + refresh_token)
    if email is None:
        raise HTTPException(401, "log in again")
    return {"access_token": tokens.issue(email, client_id), "token_type": "bearer"}


def current_user(credentials=Depends(bearer)):
    """The account whose token came with the request; 401 without a good one."""
    email = tokens.reader_of(credentials.credentials)
    if email is None:
        raise HTTPException(401, "not authenticated")
    with Session() as session:
        return session.query(User).filter_by(email=email).one()


@router.get("/me")
def me(user: User = Depends(current_user)):
    return {"email": user.email}
