# embed(TARGET FILE SYMBOL): compiles FILE into TARGET as
#   namespace rung { extern const std::string_view SYMBOL; }
function(embed target file symbol)
  set(out ${PROJECT_BINARY_DIR}/embedded/${symbol}.cpp)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} text)
  # Compilers take literals of any length, so one raw string does.
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT
"#include <string_view>
#pragma GCC diagnostic ignored \"-Woverlength-strings\"
namespace rung {
extern const std::string_view @symbol@;
const std::string_view @symbol@ = R\"embedded(@text@)embedded\";
}  // namespace rung
")
  target_sources(${target} PRIVATE ${out})
endfunction()
