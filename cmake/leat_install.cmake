# What `cmake --install` lays down. Two components: `development` (headers, libraries, the CMake package, documents) and
# `programs` (applications with their manual pages and shell completion).

# leat_install_module(NAME): the library of a room as leat::NAME, and its public headers.
function(leat_install_module name)
  set_target_properties(leat_${name} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS leat_${name} EXPORT leat COMPONENT development
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
endfunction()

# leat_install_package(): the CMake package `leat`, for find_package(leat), and the documents.
function(leat_install_package)
  include(CMakePackageConfigHelpers)
  set(destination ${CMAKE_INSTALL_LIBDIR}/cmake/leat)
  install(EXPORT leat NAMESPACE leat:: FILE leatTargets.cmake DESTINATION ${destination} COMPONENT development)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/leatConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/leatConfig.cmake ${PROJECT_BINARY_DIR}/leatConfigVersion.cmake
          DESTINATION ${destination} COMPONENT development)

  set(documents ${CMAKE_INSTALL_DATADIR}/doc)
  install(DIRECTORY docs examples DESTINATION ${documents}/libleat-dev COMPONENT development)
  install(FILES README.md DESTINATION ${documents}/libleat-dev COMPONENT development)
  install(FILES LICENSE DESTINATION ${documents}/libleat-dev RENAME copyright COMPONENT development)
  install(FILES LICENSE DESTINATION ${documents}/leat RENAME copyright COMPONENT programs)
endfunction()

# leat_install_application(NAME): the program NAME, made with leat::application, which prints its own manual page and its
# own shell completion.
function(leat_install_application name)
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${name}-files)
  set(manual ${directory}/${name}.1)
  set(bash ${directory}/${name})
  set(zsh ${directory}/_${name})
  set(fish ${directory}/${name}.fish)
  add_custom_command(
    OUTPUT ${manual} ${bash} ${zsh} ${fish}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${directory}
    COMMAND ${name} manual > ${manual}
    COMMAND ${name} completion bash > ${bash}
    COMMAND ${name} completion zsh > ${zsh}
    COMMAND ${name} completion fish > ${fish}
    DEPENDS ${name} VERBATIM)
  add_custom_target(${name}-files ALL DEPENDS ${manual} ${bash} ${zsh} ${fish})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
  install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT programs)
  install(FILES ${bash} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT programs)
  install(FILES ${zsh} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT programs)
  install(FILES ${fish} DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT programs)
endfunction()
