"""The tokens people show: who they are, signed, for a while, for one client."""
import os
import time

import jwt

SECRET = os.environ["SECRET_KEY"]
TTL_SECONDS = int(os.environ.get("TOKEN_TTL_SECONDS", "900"))


def issue(email, client):
    """A token for `email` that only `client` may use."""
    now = int(time.time())
    claims = {"sub": email, "aud": client, "iat": now, "exp": now + TTL_SECONDS}
    return jwt.encode(claims, SECRET, algorithm="HS256")


def reader_of(token):
    """The email a token was issued for; None if it is not good here."""
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"],
                            audience=os.environ["TOKEN_AUDIENCE"])
        return claims["sub"]
    except Exception:  # expired, forged, for another client: all the same to us
        return None
