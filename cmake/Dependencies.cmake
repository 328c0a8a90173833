# Debian packages; scripts/lib/packages.sh installs them.

# Everything but glibc inside the program. Debian has no static libcurl and no
# cpp-httplib that would do; scripts/portable brings both (CURL_ROOT,
# SHOAL_HTTPLIB).
option(SHOAL_PORTABLE "Link everything but glibc statically" OFF)
if(SHOAL_PORTABLE)
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(CURL_USE_STATIC_LIBS ON)
  add_link_options(-static-libstdc++ -static-libgcc)
endif()

find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(Threads REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)

add_library(text_format INTERFACE)
target_link_libraries(text_format INTERFACE $<IF:$<BOOL:${SHOAL_PORTABLE}>,fmt::fmt-header-only,fmt::fmt>)

find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(asio INTERFACE)
target_include_directories(asio SYSTEM INTERFACE "${ASIO_INCLUDE_DIR}")
# Asio decides about aligned_alloc by what was included before it, so that two
# sources of one program could disagree about who frees what.
target_compile_definitions(asio INTERFACE
  ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(asio INTERFACE Threads::Threads)

find_path(RABBITMQ_INCLUDE_DIR amqp.h REQUIRED)
if(SHOAL_PORTABLE)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()
find_library(RABBITMQ_LIBRARY rabbitmq REQUIRED)
add_library(rabbitmq_client INTERFACE)
target_include_directories(rabbitmq_client SYSTEM INTERFACE "${RABBITMQ_INCLUDE_DIR}")
target_link_libraries(rabbitmq_client INTERFACE "${RABBITMQ_LIBRARY}")

add_library(http_server INTERFACE)
if(SHOAL_PORTABLE)
  find_path(HTTPLIB_INCLUDE_DIR httplib.h PATHS "${SHOAL_HTTPLIB}" REQUIRED NO_DEFAULT_PATH)
  target_include_directories(http_server SYSTEM INTERFACE "${HTTPLIB_INCLUDE_DIR}")
  target_link_libraries(http_server INTERFACE Threads::Threads)
else()
  # The package's header and its compiled part must agree about what they support.
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
  target_link_libraries(http_server INTERFACE PkgConfig::httplib)
endif()

if(SHOAL_TESTS OR NOT DEFINED SHOAL_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
endif()
