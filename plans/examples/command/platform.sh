#!/bin/sh
# A platform of thirty lines: every release is a process with a pidfile in
# $PLATFORM (default /tmp/little-platform). rung asks on stdin, in JSON.
set -eu
request=$(cat)
eval "$(printf %s "$request" | python3 -c '
import json, shlex, sys
asked = json.load(sys.stdin)
start = asked.get("release", {}).get("config", {}).get("start")
instead = (asked.get("instead_of") or {}).get("name")
for key, value in dict(asked, start=start, instead=instead).items():
    if key in ("action", "name", "folder", "start", "instead"):
        print(key + "=" + shlex.quote(value or ""))')"
home=${PLATFORM:-/tmp/little-platform} at=${PLATFORM:-/tmp/little-platform}/${name:-}
end() { [ ! -f "$1/pid" ] || kill -s KILL -- "-$(cat "$1/pid")" 2>&- || :; rm -rf "$1"; }
case $action in
deploy | serve)
  mkdir -p "$at" && cp -R "$folder/." "$at" && umask 077
  [ -f "$at/index.html" ] || { echo '{"stage": "build", "message": "there is no index.html"}'; exit 1; }
  printf %s "$request" | python3 -c '
import json, os, socket, subprocess, sys
with socket.socket() as free:
    free.bind(("", 0)); port = free.getsockname()[1]
at, start = sys.argv[1:]
env = {**json.load(sys.stdin)["env"], "PORT": str(port), "PATH": os.environ["PATH"]}
app = subprocess.Popen(["/bin/sh", "-c", "(" + start + "); echo $? > exit"], cwd=at, env=env, start_new_session=True,
                       stdin=subprocess.DEVNULL, stdout=open(at + "/log", "w"), stderr=subprocess.STDOUT)
open(at + "/pid", "w").write(str(app.pid))
print(json.dumps({"id": app.pid, "url": "http://127.0.0.1:%d" % port, "port": port}))' "$at" "$start" ;;
status)
  if [ -f "$at/exit" ]; then echo "{\"state\": \"exited\", \"exit_code\": $(cat "$at/exit")}"
  elif [ -f "$at/pid" ]; then echo '{"state": "running"}'; else echo '{"state": "gone"}'; fi ;;
logs) cat "$at/log" 2>&- || : ;;
withdraw) end "$at" ;;
restore) end "$home/$instead" ;; # what served before still runs
esac
