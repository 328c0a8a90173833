# Every target of the project links shoal_warnings; warnings are errors when
# SHOAL_WERROR is on, as it is in CI.
option(SHOAL_WERROR "Treat warnings as errors" OFF)

add_library(shoal_warnings INTERFACE)
target_compile_options(shoal_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-align)
# g++ 12 warns of "text" + std::string in its own library (GCC bug 105651).
target_compile_options(shoal_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(SHOAL_WERROR)
  target_compile_options(shoal_warnings INTERFACE -Werror)
endif()
