#include <algorithm>
#include <string>
#include <string_view>

#include "cli/error_text_internal.h"
#include "cli/value_text_internal.h"

namespace emery::cli {

namespace {

std::string Excerpt(const base::Position& position, std::string_view statement) {
  const size_t begin = std::min(static_cast<size_t>(position.begin), statement.size());
  const size_t before = begin == 0 ? std::string_view::npos : statement.rfind('\n', begin - 1);
  const size_t line_begin = before == std::string_view::npos ? 0 : before + 1;
  const size_t line_end = std::min(statement.find('\n', line_begin), statement.size());
  const std::string_view line = statement.substr(line_begin, line_end - line_begin);
  const size_t end = std::clamp(static_cast<size_t>(std::max(position.end, position.begin)), begin,
                                std::max(begin, line_end));
  const std::string_view lead =
      statement.substr(line_begin, std::max(begin, line_begin) - line_begin);
  std::string text = "\n== SQL (line " + std::to_string(position.line) + ", position " +
                     std::to_string(position.column + 1) + ") ==\n";
  text.append(line);
  text += '\n';
  // Tabs stay tabs, so that the caret stands under its place.
  for (size_t at = 0; at < lead.size();) {
    const size_t bytes = BytesForWidth(lead.substr(at), 1);
    text.append(lead[at] == '\t'
                    ? "\t"
                    : std::string(static_cast<size_t>(DisplayWidth(lead.substr(at, bytes))), ' '));
    at += bytes;
  }
  text.append(static_cast<size_t>(std::max(1, DisplayWidth(statement.substr(begin, end - begin)))),
              '^');
  return text;
}

}  // namespace

std::string ConditionOf(const Status& status) {
  const base::ErrorDetail* detail = base::GetErrorDetail(status);
  if (detail != nullptr) {
    return detail->condition();
  }
  return status.IsCancelled() ? "OPERATION_CANCELED" : "INTERNAL_ERROR";
}

std::string ErrorText(const Status& status, std::string_view statement) {
  const base::ErrorDetail* detail = base::GetErrorDetail(status);
  std::string text = "[" + ConditionOf(status) + "] " + status.message();
  if (detail != nullptr && !detail->sql_state().empty()) {
    text += " SQLSTATE: " + detail->sql_state();
  }
  if (detail != nullptr && detail->position().known() && !statement.empty()) {
    text += Excerpt(detail->position(), statement);
  }
  return text;
}

}  // namespace emery::cli
