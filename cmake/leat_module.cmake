# The flags and the shape that all modules share.

add_library(leat_flags INTERFACE)
target_compile_options(leat_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
# False positives of GCC 12's optimiser in std::string and fmt (GCC bugs 105329 and 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(leat_flags INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread
                         -Wno-maybe-uninitialized)
else()
  # clang++ complains of what libstdc++ marks as deprecated and uses itself, in std::stable_sort.
  target_compile_options(leat_flags INTERFACE -Wno-deprecated-declarations)
endif()
if(LEAT_SANITIZE)
  target_compile_options(leat_flags INTERFACE -fsanitize=${LEAT_SANITIZE} -fno-omit-frame-pointer -g)
  if(LEAT_SANITIZE STREQUAL "thread" AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "The thread sanitizer needs clang++ (an ignore list for CAF's headers); use the preset tsan")
  elseif(LEAT_SANITIZE STREQUAL "thread")
    target_compile_options(leat_flags INTERFACE -fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/cmake/tsan_ignorelist.txt)
  else()
    # CAF's intrusive queues cast their sentinels to elements, which the check of dynamic types calls an error.
    target_compile_options(leat_flags INTERFACE -fno-sanitize=vptr)
  endif()
  target_link_options(leat_flags INTERFACE -fsanitize=${LEAT_SANITIZE})
endif()

# leat_module(NAME [DEPENDS module ...] [LIBRARIES lib ...])
# Declares the library leat_NAME of the room NAME: sources in src/, public headers in include/, nothing else in sight
# but the modules it depends on. LIBRARIES are third-party and stay private to the room.
function(leat_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS src/*.cpp)
  list(TRANSFORM arg_DEPENDS PREPEND leat_)
  if(sources)
    add_library(leat_${name} STATIC ${sources})
    target_include_directories(leat_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
                                            PRIVATE src)
    target_compile_features(leat_${name} PUBLIC cxx_std_20)
    target_link_libraries(leat_${name} PUBLIC ${arg_DEPENDS} PRIVATE $<BUILD_INTERFACE:leat_flags> ${arg_LIBRARIES})
  else()
    add_library(leat_${name} INTERFACE)
    target_include_directories(leat_${name} INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
    target_compile_features(leat_${name} INTERFACE cxx_std_20)
    target_link_libraries(leat_${name} INTERFACE ${arg_DEPENDS})
  endif()
  leat_install_module(${name})
endfunction()
