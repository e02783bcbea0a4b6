# The Debian packages, by `make deb`: leat (the programs) and libleat-dev (to build applications with).

# What a program that links Leat links too. The version that Leat was compiled against is the one to link, since these
# libraries change their binary interface with the minor version.
set(leat_linked libcaf-dev libfmt-dev librocksdb-dev libsimdjson-dev libspdlog-dev prometheus-cpp-dev)
set(leat_linked_stable libcsv-dev libxxhash-dev libzstd-dev zlib1g-dev)

# leat_debian_version_range(PACKAGE OUT): "PACKAGE (>= 9.1), PACKAGE (<< 9.2~)" for an installed PACKAGE 9.1.x.
function(leat_debian_version_range package out)
  execute_process(COMMAND dpkg-query --show --showformat "\${Version}" ${package}
                  OUTPUT_VARIABLE version ERROR_QUIET)
  if(NOT version MATCHES "^([0-9]+:)?([0-9]+)\\.([0-9]+)")
    set(${out} ${package} PARENT_SCOPE)
    return()
  endif()
  math(EXPR next "${CMAKE_MATCH_3} + 1")
  set(major ${CMAKE_MATCH_1}${CMAKE_MATCH_2})
  set(${out} "${package} (>= ${major}.${CMAKE_MATCH_3}), ${package} (<< ${major}.${next}~)" PARENT_SCOPE)
endfunction()

set(leat_depends pkg-config)
foreach(package ${leat_linked})
  leat_debian_version_range(${package} range)
  list(APPEND leat_depends "${range}")
endforeach()
list(APPEND leat_depends ${leat_linked_stable})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME leat)
set(CPACK_PACKAGE_CONTACT "The Leat authors <leat@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL programs development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME leat)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION [[
detector of card fraud, an application of Leat
The program fraud scores card transactions as they come and raises alerts; it
also simulates transactions to score. It keeps its state across crashes, and
writes every alert exactly once.]])

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libleat-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS "cmake (>= 3.25), g++")
list(JOIN leat_depends ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION [[
framework for stateful, event-driven applications
Leat is a C++20 framework for stateful, event-driven applications built from
actors: you write an ordinary executable, Leat gives it exactly-once state,
event time, durable timers and checkpoints.

This package has the headers, the static libraries, the CMake package leat,
the documents and the examples.]])

include(CPack)
