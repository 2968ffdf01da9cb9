cmake_minimum_required(VERSION 3.25)
# Which code may include which. Usage: cmake -D ROOT=FOLDER -P layering.cmake

# core <- plans, adapters <- cmd.
set(may_core core)
set(may_plans core plans)
set(may_adapters core adapters)
set(may_cmd core plans adapters cmd)
# Rooms, from the bottom up: each includes rooms below it. Rooms with "|"
# between them share a floor and do not include each other. "." is the top
# folder itself.
set(floors_core base text model diagnosis|search|variables gates
    hunting|report|serving|doctor|audit nightly|climbing)
set(floors_plans . env requirements generate reading proposing)
set(floors_adapters process|late results|git|journal|http checkout|sources platform|gates
    local|command|docker|render|cloudrun doctor)
set(floors_cmd input hunting screen|workshop serving running|doctor commands .)
# Libraries and system headers that a folder does without.
set(foreign_core expat git2 curl sqlite3 yaml-cpp CLI libpq-fe hiredis sys/ unistd
    fstream filesystem)
set(foreign_plans expat git2 curl sqlite3 CLI libpq-fe hiredis sys/)
set(foreign_adapters yaml-cpp CLI)
set(foreign_cmd expat git2 curl sqlite3 libpq-fe hiredis)

# floor_of(FOLDER ROOM OUT): 0, 1, ...; -1 = no such room.
function(floor_of folder room out)
  set(floor 0)
  foreach(rooms ${floors_${folder}})
    string(REPLACE "|" ";" rooms "${rooms}")
    if(room IN_LIST rooms)
      set(${out} ${floor} PARENT_SCOPE)
      return()
    endif()
    math(EXPR floor "${floor} + 1")
  endforeach()
  set(${out} -1 PARENT_SCOPE)
endfunction()

# room_of(PATH OUT): "docker" of "adapters/docker/tar.hpp", "." of "cmd/main.cpp".
function(room_of path out)
  get_filename_component(room ${path} DIRECTORY)
  if(room MATCHES "^[a-z]+/(.+)$")
    set(${out} ${CMAKE_MATCH_1} PARENT_SCOPE)
  else()
    set(${out} . PARENT_SCOPE)
  endif()
endfunction()

set(bad "")
set(seen 0)
foreach(folder core plans adapters cmd)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${folder}/*.cpp
       ${ROOT}/${folder}/*.hpp)
  list(FILTER files EXCLUDE REGEX "^plans/examples/")
  foreach(file ${files})
    math(EXPR seen "${seen} + 1")
    room_of(${file} room)
    floor_of(${folder} ${room} floor)
    if(floor EQUAL -1)
      string(APPEND bad "${file}: no such room; name it in layering.cmake\n")
    endif()
    file(STRINGS ${ROOT}/${file} lines REGEX "^#include")
    foreach(line ${lines})
      if(line MATCHES "\"(([a-z]+)/[^\"]*)\"")
        set(included ${CMAKE_MATCH_1})
        set(other ${CMAKE_MATCH_2})
        if(NOT other IN_LIST may_${folder})
          string(APPEND bad "${file}: ${line}\n")
        elseif(other STREQUAL folder)
          room_of(${included} below)
          floor_of(${folder} ${below} lower)
          if(NOT below STREQUAL room AND NOT lower LESS floor)
            string(APPEND bad "${file}: ${line}\n")
          endif()
        endif()
      endif()
      foreach(foreign ${foreign_${folder}})
        if(line MATCHES "<${foreign}")
          # core/model/plan.hpp names paths; it opens nothing.
          if(NOT (foreign STREQUAL "filesystem" AND
                  file STREQUAL "core/model/plan.hpp"))
            string(APPEND bad "${file}: ${line}\n")
          endif()
        endif()
      endforeach()
    endforeach()
  endforeach()
endforeach()
if(bad)
  message(FATAL_ERROR "includes against the direction of the layers:\n${bad}")
endif()
if(seen EQUAL 0)
  message(FATAL_ERROR "no sources below ${ROOT}")
endif()
