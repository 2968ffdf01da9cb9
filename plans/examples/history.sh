# shellcheck shell=sh
# Read by the make-history scripts: a git repository whose commits have the
# same ids on every machine, whoever runs it and whatever their git settings.

GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_TEMPLATE_DIR
umask 022
history_clock=1767258000  # 2026-01-01 09:00 UTC

# begin_history DIR: makes DIR, which must be new or empty, and a repository in
# DIR/app with the branch main; the caller is in DIR/app afterwards.
begin_history() {
  if [ -e "$1" ] && [ -n "$(ls -A "$1")" ]; then
    echo "make-history: $1 is not empty; give a new folder" >&2
    exit 1
  fi
  mkdir -p "$1/app"
  cd "$1/app" || exit 1
  git init -q -b main .
}

# tick: the next commit is 47 minutes later.
tick() {
  history_clock=$((history_clock + 2820))
  export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@shop.example
  export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@shop.example
  export GIT_AUTHOR_DATE="$history_clock +0000"
  export GIT_COMMITTER_DATE="$history_clock +0000"
}

# commit MESSAGE: records everything in the work tree.
commit() {
  tick
  git add -A
  git commit -q --allow-empty -m "$1"
}

# merge BRANCH MESSAGE: joins BRANCH into the current one, never fast-forward.
merge() {
  tick
  git merge -q --no-ff -m "$2" "$1" >/dev/null
}
