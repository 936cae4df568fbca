#include "base/error.h"

#include <string>
#include <string_view>
#include <utility>

namespace emery::base {

std::string ErrorDetail::ToString() const {
  std::string text = "[" + condition_ + "] SQLSTATE: " + sql_state_;
  if (position_.line > 0) {
    text += " (line " + std::to_string(position_.line) + ", pos " +
            std::to_string(position_.column) + ")";
  }
  return text;
}

namespace {

Status MakeError(arrow::StatusCode code, std::string condition, std::string message,
                 ErrorParameters parameters, Position position) {
  std::string sql_state(SqlStateOf(condition));
  return Status(code, std::move(message),
                std::make_shared<ErrorDetail>(std::move(condition), std::move(sql_state),
                                              std::move(parameters), position));
}

}  // namespace

Status UserError(std::string condition, std::string message, ErrorParameters parameters,
                 Position position) {
  return MakeError(arrow::StatusCode::Invalid, std::move(condition), std::move(message),
                   std::move(parameters), position);
}

const ErrorDetail* GetErrorDetail(const Status& status) {
  if (status.ok() || status.detail() == nullptr) {
    return nullptr;
  }
  // Compared by text: the constant may have several addresses where libraries are loaded
  // separately.
  if (std::string_view(status.detail()->type_id()) != ErrorDetail::kTypeId) {
    return nullptr;
  }
  return static_cast<const ErrorDetail*>(status.detail().get());
}

Status WithPosition(const Status& status, Position position) {
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail == nullptr || detail->position().known() || !position.known()) {
    return status;
  }
  return status.WithDetail(std::make_shared<ErrorDetail>(detail->condition(), detail->sql_state(),
                                                         detail->parameters(), position));
}

Status Unsupported(std::string what, Position position) {
  std::string message = "Not supported: " + what + ".";
  return MakeError(arrow::StatusCode::NotImplemented, "UNSUPPORTED_FEATURE", std::move(message),
                   {{"feature", std::move(what)}}, position);
}

Status InternalError(std::string what) {
  return MakeError(arrow::StatusCode::UnknownError, "INTERNAL_ERROR",
                   "A fault in Emery, not in the statement: " + what, {}, {});
}

Status Canceled() {
  return MakeError(arrow::StatusCode::Cancelled, "OPERATION_CANCELED",
                   "The statement was cancelled.", {}, {});
}

std::string QuoteIdentifier(std::string_view name) {
  std::string quoted;
  quoted.reserve(name.size() + 2);
  quoted += '`';
  for (char c : name) {
    if (c == '`') {
      quoted += '`';
    }
    quoted += c;
  }
  quoted += '`';
  return quoted;
}

std::string QuoteName(const std::vector<std::string>& parts) {
  std::string quoted;
  for (const std::string& part : parts) {
    if (!quoted.empty()) {
      quoted += '.';
    }
    quoted += QuoteIdentifier(part);
  }
  return quoted;
}

}  // namespace emery::base
