"""The connection to Redis: small values that may be forgotten."""
import os

import redis
from fastapi import APIRouter

PREFIX = os.environ.get("CACHE_PREFIX", "shop:")
TTL_SECONDS = int(os.environ.get("CACHE_TTL_SECONDS", "60"))

client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
router = APIRouter()


def put(key, value):
    client.set(PREFIX + key, value, ex=TTL_SECONDS)


def get(key):
    return client.get(PREFIX + key)


@router.get("/cache")
def cache():
    put("last-seen", "now")
    return {"ok": get("last-seen") == "now"}
