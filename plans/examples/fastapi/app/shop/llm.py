"""Descriptions written by a language model behind an OpenAI-compatible API."""
import json
import os
import urllib.request

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from shop.auth import current_user

BASE_URL = os.environ["LLM_BASE_URL"]
API_KEY = os.environ["LLM_API_KEY"]
MODEL = os.environ.get("LLM_MODEL", "stub-1")
TIMEOUT_SECONDS = float(os.environ.get("LLM_TIMEOUT_SECONDS", "10"))

router = APIRouter()


class Prompt(BaseModel):
    text: str


def complete(prompt):
    request = urllib.request.Request(
        BASE_URL + "/chat/completions",
        data=json.dumps({"model": MODEL,
                         "messages": [{"role": "user", "content": prompt}]}).encode(),
        headers={"Authorization": "Bearer " + API_KEY, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]


@router.post("/describe")
def describe(prompt: Prompt, user=Depends(current_user)):
    return {"text": complete(prompt.text)}
