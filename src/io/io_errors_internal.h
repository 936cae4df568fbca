#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace emery::io {

/// An IOError with Spark's condition for it.
Status StorageError(std::string condition, std::string message, base::ErrorParameters parameters);

/// PATH_NOT_FOUND: nothing is at `path`.
Status PathNotFound(std::string_view path);

/// What a failed system call on `path` means for a user: PATH_NOT_FOUND, no permission, disk full,
/// else the system's text. `doing`: "read", "write", …
Status SystemError(int error_number, std::string_view doing, std::string_view path);

}  // namespace emery::io
