"""The smallest thing that can be deployed: a process that answers /health."""
from fastapi import FastAPI

app = FastAPI(title="shop")


@app.get("/health")
def health():
    return {"ok": True}
