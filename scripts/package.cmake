# What `cmake --install` puts where, and `cpack` packs: the binary, man pages,
# completions, schemas and texts. scripts/package does both and tries the result.
include(GNUInstallDirs)
install(TARGETS rung)

set(made ${PROJECT_BINARY_DIR}/installed)
set(completions "")
foreach(shell_file "bash;rung" "zsh;_rung" "fish;rung.fish")
  list(GET shell_file 0 shell)
  list(GET shell_file 1 name)
  set(file ${made}/${shell}/${name})
  add_custom_command(OUTPUT ${file} DEPENDS rung
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}/${shell}
    COMMAND rung completion ${shell} > ${file})
  list(APPEND completions ${file})
endforeach()
set(share ${CMAKE_INSTALL_DATADIR})
install(FILES ${made}/bash/rung DESTINATION ${share}/bash-completion/completions)
install(FILES ${made}/zsh/_rung DESTINATION ${share}/zsh/vendor-completions)
install(FILES ${made}/fish/rung.fish DESTINATION ${share}/fish/vendor_completions.d)

find_program(HELP2MAN help2man)
if(HELP2MAN)
  add_custom_command(OUTPUT ${made}/man/rung.1
    DEPENDS rung ${PROJECT_SOURCE_DIR}/scripts/man
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/man $<TARGET_FILE:rung> ${made}/man)
  set(pages ${made}/man/rung.1)
  install(DIRECTORY ${made}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
# Not with each build that is for work: a release is what is installed.
if(CMAKE_BUILD_TYPE STREQUAL Release)
  set(always ALL)
endif()
add_custom_target(rung_installed ${always} DEPENDS ${completions} ${pages})

install(FILES ${PROJECT_SOURCE_DIR}/core/report.schema.json
  ${PROJECT_SOURCE_DIR}/core/error.schema.json
  ${PROJECT_SOURCE_DIR}/plans/plan.schema.json DESTINATION ${share}/rung)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  TYPE DOC)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "the developers of rung <rung@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# The libraries follow from the binary, but not those that adapters/late loads.
# It runs sh and git.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "git, libcurl4, libpq5")
# For building images.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libarchive13")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "docker.io | podman")
set(CPACK_STRIP_FILES ON)
include(CPack)
