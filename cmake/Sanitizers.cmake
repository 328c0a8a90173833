# SHOAL_SANITIZE is a comma-separated list as -fsanitize takes it.
set(SHOAL_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address,undefined")

add_library(shoal_sanitizers INTERFACE)
if(SHOAL_SANITIZE)
  target_compile_options(shoal_sanitizers INTERFACE
    -fsanitize=${SHOAL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # Instrumented code of the standard library and of Asio makes g++ 12 warn:
  # of std::regex (GCC bug 105562), and of fences, which Asio does without here.
  target_compile_options(shoal_sanitizers INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-tsan>)
  target_link_options(shoal_sanitizers INTERFACE -fsanitize=${SHOAL_SANITIZE})
endif()
