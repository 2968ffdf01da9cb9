cmake_minimum_required(VERSION 3.25)
# Writes OUT: the version with the commit and its date, from git or, in a
# tarball, from .git_archival.txt. Usage: cmake -D ROOT=FOLDER -D OUT=FILE
# -D VERSION=1.2.3 -P version.cmake
set(commit "")
if(EXISTS ${ROOT}/.git)
  execute_process(
    COMMAND git -C ${ROOT} log -1 "--format=%h, %cs"
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
else()
  file(STRINGS ${ROOT}/.git_archival.txt commit)
  if(commit MATCHES "Format")
    set(commit "")
  endif()
endif()
if(commit)
  set(commit " (${commit})")
endif()
# Written only when it changes: nothing is compiled in vain.
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT
"namespace rung {
extern const char* const kVersion;
const char* const kVersion = \"rung @VERSION@\" \"@commit@\";
}  // namespace rung
")
