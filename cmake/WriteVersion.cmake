# Run by every build: writes OUTPUT from INPUT with the checkout's commit, and
# touches it only when the commit has changed.
execute_process(COMMAND git describe --always --dirty --abbrev=10
  WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE commit
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(commit)
  set(SHOAL_COMMIT "commit ${commit}")
else()
  set(SHOAL_COMMIT "commit unknown")
endif()
configure_file("${INPUT}" "${OUTPUT}" @ONLY)
