# What is installed, and the packages that cpack makes of it.
include(GNUInstallDirs)

# The program writes its own manual page and completion.
install(TARGETS shoal RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
set(written "${PROJECT_BINARY_DIR}/written")
install(CODE "
  file(MAKE_DIRECTORY \"${written}\")
  foreach(each \"man;shoal.1\" \"completion;shoal\")
    list(GET each 0 subcommand)
    list(GET each 1 file)
    execute_process(COMMAND \"${PROJECT_BINARY_DIR}/shoal\" \${subcommand}
      OUTPUT_FILE \"${written}/\${file}\" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()")
install(FILES "${written}/shoal.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${written}/shoal" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(FILES LICENSE README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")

set(CPACK_PACKAGE_NAME shoal)
set(CPACK_PACKAGE_VENDOR shoal)
set(CPACK_PACKAGE_CONTACT "The shoal developers <shoal@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGE_FILE_NAME "shoal-${PROJECT_VERSION}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# What it needs is read off the program.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "bash, ca-certificates")
set(CPACK_GENERATOR "TGZ;DEB")
include(CPack)
