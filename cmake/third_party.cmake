# The libraries that Emery stands on, gathered in one interface target, emery_third_party. All come from Debian
# but Arrow (FindEmeryArrow.cmake). What a binary does not use, --as-needed keeps out of it.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(EmeryArrow REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(READLINE REQUIRED IMPORTED_TARGET readline)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(RAPIDJSON REQUIRED IMPORTED_TARGET RapidJSON)
pkg_check_modules(LIBXML2 REQUIRED libxml-2.0)

# Debian's CRoaring has neither a pkg-config nor a CMake file.
find_path(ROARING_INCLUDE_DIR roaring/roaring.h REQUIRED)
find_library(ROARING_LIBRARY roaring REQUIRED)

# libxml2's headers only, for the one file that opens the library when XPath is first asked for.
list(TRANSFORM LIBXML2_INCLUDE_DIRS PREPEND "-isystem" OUTPUT_VARIABLE LIBXML2_OPTIONS)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/functions/scalar/xpath.cc
                            PROPERTIES COMPILE_OPTIONS "${LIBXML2_OPTIONS}")

add_library(emery_third_party INTERFACE)
# libcurl's headers only: the library brings thirty others and 15 ms to every start, so whoever speaks HTTP opens it
# (dlopen) when the first request is made.
target_include_directories(emery_third_party SYSTEM INTERFACE ${ROARING_INCLUDE_DIR}
                                                             ${CURL_INCLUDE_DIRS})
target_compile_definitions(emery_third_party INTERFACE PCRE2_CODE_UNIT_WIDTH=8)
target_link_libraries(emery_third_party INTERFACE
  EmeryArrow::parquet
  EmeryArrow::arrow
  PkgConfig::PCRE2
  ${ROARING_LIBRARY}
  PkgConfig::SQLITE3
  OpenSSL::Crypto
  PkgConfig::XXHASH
  PkgConfig::READLINE
  spdlog::spdlog
  fmt::fmt
  nlohmann_json::nlohmann_json
  CLI11::CLI11
  PkgConfig::RAPIDJSON
  ZLIB::ZLIB
  PkgConfig::ZSTD
  PkgConfig::LZ4
  ${CMAKE_DL_LIBS}
  Threads::Threads)
