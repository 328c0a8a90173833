# Every target of the project links shoal_warnings; warnings are errors when
# SHOAL_WERROR is on, as it is in CI.
option(SHOAL_WERROR "Treat warnings as errors" OFF)

add_library(shoal_warnings INTERFACE)
target_compile_options(shoal_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-align -Wnull-dereference)
if(SHOAL_WERROR)
  target_compile_options(shoal_warnings INTERFACE -Werror)
endif()
