cmake_minimum_required(VERSION 3.25)
# Each guard passes on a small sound tree and fails, saying where, once
# something is planted there; .ci/run, once a test is skipped that must not be. Usage: cmake -D GUARDS=FOLDER -D WORK=FOLDER
# -P guards_test.cmake

set(wrong "")

# A tree in which all is well.
function(plant_sound_tree)
  file(REMOVE_RECURSE ${WORK})
  file(WRITE ${WORK}/core/model/plan.hpp
       "#include <filesystem>\nnamespace rung {\nstruct Plan { int n; };\n"
       "enum class Phase { build };\n}  // namespace rung\n")
  file(WRITE ${WORK}/core/gates/words.hpp "#include \"core/model/plan.hpp\"\n")
  file(WRITE ${WORK}/core/gates/words.cpp
       "namespace rung {\nnamespace {\nstruct Own {\n};\n}  // namespace\n"
       "}  // namespace rung\n")
  file(WRITE ${WORK}/plans/reading/reader.hpp
       "#include \"core/model/plan.hpp\"\n")
  file(WRITE ${WORK}/adapters/docker/engine.hpp
       "#include \"adapters/process/spec.hpp\"\n")
  file(WRITE ${WORK}/adapters/process/spec.hpp "#include <sys/types.h>\n")
  file(WRITE ${WORK}/cmd/main.cpp
       "#include \"adapters/docker/engine.hpp\"\nnamespace rung {\n"
       "namespace {\nstruct Own {\n};\n}  // namespace\n}  // namespace rung\n")
  file(WRITE ${WORK}/tests/core/gates/words_test.cpp "")
  file(WRITE ${WORK}/core/CMakeLists.txt
       "  model/plan.hpp\n  gates/words.cpp\n  gates/words.hpp\n")
  file(WRITE ${WORK}/plans/CMakeLists.txt "  reading/reader.hpp\n")
  file(WRITE ${WORK}/adapters/CMakeLists.txt
       "  docker/engine.hpp\n  process/spec.hpp\n")
  file(WRITE ${WORK}/cmd/CMakeLists.txt "  main.cpp\n")
  file(WRITE ${WORK}/tests/CMakeLists.txt "  core/gates/words_test.cpp\n")
endfunction()

# expect(GUARD WHERE): fails and names WHERE; "" = passes.
function(expect guard where)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -D ROOT=${WORK} -P ${GUARDS}/${guard}.cmake
    RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(where STREQUAL "")
    if(NOT status EQUAL 0)
      set(wrong "${wrong}${guard} refuses a sound tree: ${said}\n" PARENT_SCOPE)
    endif()
  else()
    string(FIND "${said}" "${where}" at)
    if(status EQUAL 0 OR at EQUAL -1)
      set(wrong "${wrong}${guard} does not see ${where}: ${said}\n" PARENT_SCOPE)
    endif()
  endif()
endfunction()

plant_sound_tree()
expect(layering "")
expect(sources "")

macro(layering_sees where)
  plant_sound_tree()
  file(APPEND ${WORK}/${where} "#include ${ARGN}\n")
  expect(layering "${where}")
endmacro()
layering_sees(core/gates/words.hpp "\"adapters/process/spec.hpp\"")
layering_sees(plans/reading/reader.hpp "\"adapters/process/spec.hpp\"")
layering_sees(adapters/docker/engine.hpp "\"cmd/input/context.hpp\"")
layering_sees(core/model/plan.hpp "\"core/gates/words.hpp\"")
layering_sees(adapters/process/spec.hpp "\"adapters/docker/engine.hpp\"")
layering_sees(adapters/docker/engine.hpp "\"adapters/render/api.hpp\"")
layering_sees(core/gates/words.hpp "<filesystem>")
layering_sees(core/gates/words.cpp "<git2.h>")
layering_sees(adapters/docker/engine.hpp "<yaml-cpp/yaml.h>")
plant_sound_tree()
file(WRITE ${WORK}/adapters/attic/old.hpp "")
expect(layering adapters/attic/old.hpp)

macro(sources_sees name where)
  plant_sound_tree()
  file(APPEND ${WORK}/${where} ${ARGN})
  expect(sources "${name}")
endmacro()
sources_sees(rung::Phase core/gates/words.hpp
  "namespace rung {\nenum class Phase { build, start };\n}  // namespace rung\n")
sources_sees(rung::Plan core/gates/words.hpp
  "namespace rung {\nclass Plan {\n};\n}  // namespace rung\n")
sources_sees(rung::Plan core/gates/words.cpp
  "namespace rung {\nstruct Plan final : Other {\n};\n}  // namespace rung\n")
plant_sound_tree()
file(WRITE ${WORK}/adapters/process/forgotten.cpp "")
expect(sources adapters/process/forgotten.cpp)
plant_sound_tree()
file(WRITE ${WORK}/tests/core/text/forgotten_test.cpp "")
expect(sources tests/core/text/forgotten_test.cpp)
macro(name_is_cut name)
  plant_sound_tree()
  file(WRITE ${WORK}/tests/core/gates/words_test.cpp "TEST_CASE(${name}) {}\n")
  expect(sources tests/core/gates/words_test.cpp)
endmacro()
name_is_cut("\"One; two\"")
name_is_cut("\"One \"\n          \"and; two\"")

# What .ci/run says of a run in which these tests were skipped.
function(skips_are status)
  file(REMOVE_RECURSE ${WORK})
  file(COPY ${GUARDS}/../.ci/run DESTINATION ${WORK}/.ci)
  file(COPY ${GUARDS}/may_be_skipped DESTINATION ${WORK}/tests)
  set(said "100% tests passed: 3 of 3\n")
  if(ARGN)
    list(JOIN ARGN "\n  " lines)
    string(APPEND said "\nNot tested here:\n  ${lines}\n")
  endif()
  file(WRITE ${WORK}/said "${said}")
  file(WRITE ${WORK}/scripts/test "#!/bin/sh\ncat said\n")
  file(CHMOD ${WORK}/scripts/test PERMISSIONS OWNER_READ OWNER_EXECUTE)
  execute_process(COMMAND ${WORK}/.ci/run RESULT_VARIABLE was
    OUTPUT_VARIABLE printed ERROR_VARIABLE printed)
  if(NOT was EQUAL status)
    set(wrong "${wrong}.ci/run ends with ${was} after: ${said}${printed}\n"
      PARENT_SCOPE)
  endif()
endfunction()
skips_are(0)
skips_are(0 "What a tool prints: no cargo" "A disk: mounting a tmpfs is not \
permitted here: Operation not permitted")
skips_are(1 "A platform: no real dockerd: runc is not installed")
skips_are(1 "What a tool prints: no cargo" "Rows: PostgreSQL is not installed"
  "A tool: no perl")

file(REMOVE_RECURSE ${WORK})
if(wrong)
  message(FATAL_ERROR "${wrong}")
endif()
