# Finds Arrow and Parquet C++ and defines the targets EmeryArrow::arrow and EmeryArrow::parquet.
#
# A system Arrow with CMake packages is used where there is one. Otherwise the libraries and headers come from the
# pinned pyarrow wheel, which `./run setup` installs into .deps/venv. EMERY_PYARROW_DIR (a CMake variable or an
# environment variable) names another site-packages/pyarrow folder.
#
# Sets EmeryArrow_FOUND, EmeryArrow_VERSION and EmeryArrow_LIBRARY_DIR (for the run path; empty for a system Arrow).

include(FindPackageHandleStandardArgs)

set(EMERY_ARROW_VERSION_MIN 21)

if(NOT EMERY_PYARROW_DIR AND NOT DEFINED ENV{EMERY_PYARROW_DIR})
  find_package(Arrow CONFIG QUIET)
  find_package(Parquet CONFIG QUIET)
endif()

if(Arrow_FOUND AND Parquet_FOUND AND Arrow_VERSION VERSION_GREATER_EQUAL EMERY_ARROW_VERSION_MIN)
  set(EmeryArrow_VERSION ${Arrow_VERSION})
  set(EmeryArrow_LIBRARY_DIR "")
  if(NOT TARGET EmeryArrow::arrow)
    add_library(EmeryArrow::arrow INTERFACE IMPORTED)
    target_link_libraries(EmeryArrow::arrow INTERFACE Arrow::arrow_shared)
    add_library(EmeryArrow::parquet INTERFACE IMPORTED)
    target_link_libraries(EmeryArrow::parquet INTERFACE Parquet::parquet_shared EmeryArrow::arrow)
  endif()
  set(EmeryArrow_INCLUDE_DIR "system")
else()
  set(_wheel_dirs "")
  if(EMERY_PYARROW_DIR)
    list(APPEND _wheel_dirs "${EMERY_PYARROW_DIR}")
  endif()
  if(DEFINED ENV{EMERY_PYARROW_DIR})
    list(APPEND _wheel_dirs "$ENV{EMERY_PYARROW_DIR}")
  endif()
  set(_deps "${CMAKE_SOURCE_DIR}/.deps")
  if(DEFINED ENV{EMERY_DEPS})
    set(_deps "$ENV{EMERY_DEPS}")
  endif()
  file(GLOB _venv_dirs "${_deps}/venv/lib/python3*/site-packages/pyarrow")
  list(APPEND _wheel_dirs ${_venv_dirs})

  find_path(EmeryArrow_INCLUDE_DIR arrow/api.h PATHS ${_wheel_dirs} PATH_SUFFIXES include
            NO_DEFAULT_PATH)
  if(EmeryArrow_INCLUDE_DIR)
    get_filename_component(EmeryArrow_LIBRARY_DIR "${EmeryArrow_INCLUDE_DIR}" DIRECTORY)
    # The wheel has versioned names only (libarrow.so.2600), so find_library would not see them.
    file(GLOB _arrow_library "${EmeryArrow_LIBRARY_DIR}/libarrow.so.*")
    file(GLOB _parquet_library "${EmeryArrow_LIBRARY_DIR}/libparquet.so.*")
    if(_arrow_library AND _parquet_library)
      list(GET _arrow_library 0 EmeryArrow_ARROW_LIBRARY)
      list(GET _parquet_library 0 EmeryArrow_PARQUET_LIBRARY)
    endif()
    file(STRINGS "${EmeryArrow_INCLUDE_DIR}/arrow/util/config.h" _version_line
         REGEX "ARROW_VERSION_STRING")
    string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" EmeryArrow_VERSION "${_version_line}")
  endif()
  if(EmeryArrow_ARROW_LIBRARY AND NOT TARGET EmeryArrow::arrow)
    # IMPORTED, so that the headers are system headers and our warnings stay ours.
    add_library(EmeryArrow::arrow SHARED IMPORTED)
    set_target_properties(EmeryArrow::arrow PROPERTIES
      IMPORTED_LOCATION "${EmeryArrow_ARROW_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${EmeryArrow_INCLUDE_DIR}")
    add_library(EmeryArrow::parquet SHARED IMPORTED)
    set_target_properties(EmeryArrow::parquet PROPERTIES
      IMPORTED_LOCATION "${EmeryArrow_PARQUET_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${EmeryArrow_INCLUDE_DIR}"
      INTERFACE_LINK_LIBRARIES EmeryArrow::arrow)
  endif()
endif()

find_package_handle_standard_args(EmeryArrow
  REQUIRED_VARS EmeryArrow_INCLUDE_DIR
  VERSION_VAR EmeryArrow_VERSION
  REASON_FAILURE_MESSAGE
    "No system Arrow ${EMERY_ARROW_VERSION_MIN} or newer and no pyarrow wheel: run './run setup', or set EMERY_PYARROW_DIR")
