# shoal_step(NAME SOURCES... USES...) makes the library of one step of the way
# of the data (one folder of src/), linked with the steps that it may use.
function(shoal_step name)
  cmake_parse_arguments(STEP "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_library(shoal_${name} STATIC ${STEP_SOURCES})
  target_include_directories(shoal_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  list(TRANSFORM STEP_USES PREPEND shoal_)
  target_link_libraries(shoal_${name}
    PUBLIC ${STEP_USES} tl::expected
    PRIVATE shoal_warnings ${STEP_LIBRARIES})
  target_link_libraries(shoal_${name} PUBLIC shoal_sanitizers)
endfunction()

# shoal_test(NAME SOURCES... USES...) makes one GoogleTest program.
function(shoal_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  list(TRANSFORM TEST_USES PREPEND shoal_)
  target_link_libraries(${name} PRIVATE ${TEST_USES} ${TEST_LIBRARIES}
    shoal_warnings shoal_sanitizers GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${name})
endfunction()
