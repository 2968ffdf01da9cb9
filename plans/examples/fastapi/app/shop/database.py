"""The connection to PostgreSQL and the tables."""
import os

from fastapi import APIRouter
from sqlalchemy import Column, ForeignKey, Integer, String, create_engine, text
from sqlalchemy.orm import declarative_base, sessionmaker

engine = create_engine(
    os.environ["DATABASE_URL"],
    pool_size=int(os.environ.get("DATABASE_POOL_SIZE", "5")),
    connect_args={"connect_timeout": int(os.environ.get("DATABASE_TIMEOUT_SECONDS", "5"))},
)
Session = sessionmaker(engine)
Base = declarative_base()
router = APIRouter()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    email = Column(String, unique=True, nullable=False)
    password_hash = Column(String, nullable=False)


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String, unique=True, nullable=False)
    description = Column(String, nullable=False, default="")
    owner_id = Column(Integer, ForeignKey("users.id"), nullable=False)


def create_tables():
    Base.metadata.create_all(engine)


@router.get("/db")
def db():
    """Asks the database itself, so that it cannot be true of a broken one."""
    with engine.connect() as connection:
        tables = connection.execute(text(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        )).scalar_one()
    return {"ok": True, "tables": tables}
