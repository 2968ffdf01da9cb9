backend/app.py
import os
PORT = int(os.environ.get("PORT", "8000"))
key = os.environ["API_KEY"]
url = os.getenv('DATABASE_URL') or "sqlite://"
class Settings(BaseSettings):
    log_level: str = "info"
