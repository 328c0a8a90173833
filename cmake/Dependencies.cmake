# Debian packages; scripts/lib/packages.sh installs them.
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(Threads REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)

find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(asio INTERFACE)
target_include_directories(asio SYSTEM INTERFACE "${ASIO_INCLUDE_DIR}")
# Asio decides about aligned_alloc by what was included before it, so that two
# sources of one program could disagree about who frees what.
target_compile_definitions(asio INTERFACE
  ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(asio INTERFACE Threads::Threads)

find_path(RABBITMQ_INCLUDE_DIR amqp.h REQUIRED)
find_library(RABBITMQ_LIBRARY rabbitmq REQUIRED)
add_library(rabbitmq_client INTERFACE)
target_include_directories(rabbitmq_client SYSTEM INTERFACE "${RABBITMQ_INCLUDE_DIR}")
target_link_libraries(rabbitmq_client INTERFACE "${RABBITMQ_LIBRARY}")

if(SHOAL_TESTS OR NOT DEFINED SHOAL_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
endif()
