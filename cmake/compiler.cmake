# The compiler's flags for all of our code.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()
# Only the libraries that are used, as each costs every start of the binary.
add_link_options(-Wl,--as-needed -Wl,-O1 -Wl,--gc-sections)
if(NOT EMERY_SANITIZE)
  # Nothing of static third-party code is exported, as Arrow bundles other versions of some of it. (Clang's sanitizers
  # are such static code, but must be seen by the libraries whose calls they intercept.)
  add_link_options(-Wl,--exclude-libs,ALL)
endif()

add_library(emery_flags INTERFACE)
target_compile_options(emery_flags INTERFACE
  -Wall -Wextra -Wno-missing-field-initializers
  # Answers equal Spark's to the last digit, so a product and a sum are rounded twice as the JVM rounds them.
  -ffp-contract=off
  -ffunction-sections -fdata-sections)
if(EMERY_WERROR)
  target_compile_options(emery_flags INTERFACE -Werror)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(emery_flags INTERFACE -march=x86-64-v3)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # These three give false alarms in g++ 12 on inlined standard library and Arrow code.
  target_compile_options(emery_flags INTERFACE
    -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow)
endif()
if(EMERY_SANITIZE)
  target_compile_options(emery_flags INTERFACE
    -fsanitize=${EMERY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(emery_flags INTERFACE -fsanitize=${EMERY_SANITIZE})
endif()

configure_file(${CMAKE_SOURCE_DIR}/cmake/version.h.in
               ${CMAKE_BINARY_DIR}/generated/base/version.h @ONLY)
