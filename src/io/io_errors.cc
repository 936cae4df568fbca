#include <errno.h>
#include <string.h>

#include <memory>
#include <utility>

#include "io/io_errors_internal.h"
#include "io/object_store.h"

namespace emery::io {

Status StorageError(std::string condition, std::string message, base::ErrorParameters parameters) {
  std::string sql_state(base::SqlStateOf(condition));
  return Status(arrow::StatusCode::IOError, std::move(message),
                std::make_shared<base::ErrorDetail>(std::move(condition), std::move(sql_state),
                                                    std::move(parameters), base::Position{}));
}

Status PathNotFound(std::string_view path) {
  return StorageError("PATH_NOT_FOUND", "Path does not exist: " + std::string(path) + ".",
                      {{"path", std::string(path)}});
}

Status SystemError(int error_number, std::string_view doing, std::string_view path) {
  if (error_number == ENOENT || error_number == ENOTDIR) {
    return PathNotFound(path);
  }
  char text[256];
  const char* reason = ::strerror_r(error_number, text, sizeof(text));
  std::string message = "Cannot " + std::string(doing) + " " + std::string(path) + ": ";
  switch (error_number) {
    case EACCES:
    case EPERM:
    case EROFS:
      message += std::string("permission denied (") + reason + ").";
      break;
    case ENOSPC:
    case EDQUOT:
      message += std::string("the disk is full (") + reason + ").";
      break;
    default:
      message += std::string(reason) + ".";
  }
  const bool reading = doing == "read" || doing == "list";
  return StorageError(reading ? "FAILED_READ_FILE.NO_HINT" : "TASK_WRITE_FAILED",
                      std::move(message), {{"path", std::string(path)}});
}

bool IsNotFound(const Status& status) {
  const base::ErrorDetail* detail = base::GetErrorDetail(status);
  return detail != nullptr && detail->condition() == "PATH_NOT_FOUND";
}

}  // namespace emery::io
