# One object library per room (a folder of src/), the test, benchmark and fuzz binaries that lie in it, and the
# emery binary. Object libraries, since an archive would drop the files that only register something. Sources are
# found by folder, so adding a file edits no list.

file(STRINGS ${CMAKE_SOURCE_DIR}/cmake/layers.txt EMERY_ROOMS REGEX "^[a-z]")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/layers.txt)

# A room that has no code yet still is a target.
file(WRITE ${CMAKE_BINARY_DIR}/generated/empty_room.cc.new "")
file(COPY_FILE ${CMAKE_BINARY_DIR}/generated/empty_room.cc.new
     ${CMAKE_BINARY_DIR}/generated/empty_room.cc ONLY_IF_DIFFERENT)

find_package(GTest)
if(GTest_FOUND)
  include(GoogleTest)
  enable_testing()
endif()
if(EMERY_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

set(EMERY_RPATH "")
if(EmeryArrow_LIBRARY_DIR)
  set(EMERY_RPATH "${EmeryArrow_LIBRARY_DIR}")
endif()
set(CMAKE_BUILD_RPATH "${EMERY_RPATH}")
set(CMAKE_INSTALL_RPATH "${EMERY_RPATH}")

add_custom_target(unit_tests)
add_custom_target(benchmarks)
add_custom_target(fuzzers)

set(_rooms_so_far "")
foreach(room IN LISTS EMERY_ROOMS)
  file(GLOB_RECURSE _all CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${room}/*.cc)
  set(_sources ${_all})
  list(FILTER _sources EXCLUDE REGEX "_(test|benchmark|fuzz)\\.cc$")
  list(REMOVE_ITEM _sources ${CMAKE_SOURCE_DIR}/src/cli/main.cc)
  set(_tests ${_all})
  list(FILTER _tests INCLUDE REGEX "_test\\.cc$")
  set(_benchmarks ${_all})
  list(FILTER _benchmarks INCLUDE REGEX "_benchmark\\.cc$")
  set(_fuzzers ${_all})
  list(FILTER _fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  if(NOT _sources)
    set(_sources ${CMAKE_BINARY_DIR}/generated/empty_room.cc)
  endif()

  add_library(emery_${room} OBJECT ${_sources})
  target_include_directories(emery_${room} PUBLIC ${CMAKE_SOURCE_DIR}/src
                                                  ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(emery_${room} PUBLIC emery_third_party PRIVATE emery_flags)
  if(room MATCHES "^(columnar|functions|format|execution)$" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # -O2 of g++ 12 vectorises only loops of known length; ours run over the rows of a batch.
    target_compile_options(emery_${room} PRIVATE
      $<$<CONFIG:RelWithDebInfo>:-ftree-loop-vectorize -fvect-cost-model=dynamic>)
  endif()
  list(APPEND _rooms_so_far emery_${room})

  if(_tests AND GTest_FOUND AND NOT EMERY_FUZZ)
    add_executable(${room}_test EXCLUDE_FROM_ALL ${_tests})
    target_link_libraries(${room}_test PRIVATE ${_rooms_so_far} emery_flags GTest::gtest_main)
    add_dependencies(unit_tests ${room}_test)
    gtest_discover_tests(${room}_test TEST_PREFIX "${room}." DISCOVERY_MODE PRE_TEST
                         WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} PROPERTIES TIMEOUT 300)
  endif()

  if(EMERY_BENCHMARKS)
    foreach(_file IN LISTS _benchmarks)
      get_filename_component(_name ${_file} NAME_WE)
      add_executable(${_name} EXCLUDE_FROM_ALL ${_file})
      target_link_libraries(${_name} PRIVATE ${_rooms_so_far} emery_flags
                                             benchmark::benchmark_main)
      add_dependencies(benchmarks ${_name})
    endforeach()
  endif()

  if(EMERY_FUZZ)
    foreach(_file IN LISTS _fuzzers)
      get_filename_component(_name ${_file} NAME_WE)
      # A line "// Sources: base type format/parquet functions" in the file names the folders whose files the target
      # needs (each without its own folders below), so that not everything is built again with sanitizers; without
      # it, the target gets its own room and all lower ones.
      set(_needed ${_rooms_so_far})
      set(_parts "")
      file(STRINGS ${_file} _folders REGEX "^// Sources: " LIMIT_COUNT 1)
      if(_folders)
        string(REGEX REPLACE "^// Sources: +" "" _folders "${_folders}")
        string(REPLACE " " ";" _folders "${_folders}")
        foreach(_folder IN LISTS _folders)
          file(GLOB _found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${_folder}/*.cc)
          list(FILTER _found EXCLUDE REGEX "_(test|benchmark|fuzz)\\.cc$")
          list(APPEND _parts ${_found})
        endforeach()
        set(_needed emery_third_party)
      endif()
      add_executable(${_name} EXCLUDE_FROM_ALL ${_file} ${_parts})
      target_include_directories(${_name} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
      target_link_libraries(${_name} PRIVATE ${_needed} emery_flags)
      target_link_options(${_name} PRIVATE -fsanitize=fuzzer)
      add_dependencies(fuzzers ${_name})
    endforeach()
  endif()
endforeach()

if(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main.cc)
  add_executable(emery src/cli/main.cc)
  target_link_libraries(emery PRIVATE ${_rooms_so_far} emery_flags)
endif()
