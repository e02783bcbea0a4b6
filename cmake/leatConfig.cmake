# The CMake package of Leat: find_package(leat), then target_link_libraries(... PRIVATE leat::leat).
# The libraries are static; what they link is found here. None of it has headers that Leat's users see.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(fmt)
find_dependency(spdlog)
find_dependency(RocksDB)
find_dependency(prometheus-cpp)
find_dependency(simdjson)
find_dependency(ZLIB)
find_dependency(PkgConfig)
foreach(leat_library libxxhash libzstd)
  if(NOT TARGET PkgConfig::${leat_library})
    pkg_check_modules(${leat_library} REQUIRED IMPORTED_TARGET ${leat_library})
  endif()
endforeach()
unset(leat_library)

include(${CMAKE_CURRENT_LIST_DIR}/leatTargets.cmake)
