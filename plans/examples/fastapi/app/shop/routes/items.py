from fastapi import APIRouter, Depends
from pydantic import BaseModel

from shop import llm
from shop.auth import current_user
from shop.database import Item, Session

router = APIRouter()


class NewItem(BaseModel):
    name: str


@router.put("/items")
def put_item(new: NewItem, user=Depends(current_user)):
    """Adds an item, described by the model; the same name twice is one item."""
    with Session() as session:
        item = session.query(Item).filter_by(name=new.name).one_or_none()
        if item is None:
            item = Item(name=new.name, owner_id=user.id,
                        description=llm.complete("Describe: " + new.name))
            session.add(item)
            session.commit()
        return {"id": item.id, "name": item.name, "description": item.description}


@router.get("/items")
def items():
    with Session() as session:
        return {"items": [item.name for item in session.query(Item).order_by(Item.id)]}
