src/server.ts
const port = process.env.PORT || 3000;
const { API_URL, TOKEN = "x" } = process.env;
app.listen(process.env["HOST"] ?? '0.0.0.0');
import.meta.env.VITE_KEY
