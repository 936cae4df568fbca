#pragma once

#include <algorithm>
#include <string_view>

#include "format/json/json_files.h"

namespace emery::format::json {

/// Cuts the text of a file into records: its lines, or all of it.
class JsonLines {
 public:
  JsonLines(std::string_view text, const JsonFileOptions& options)
      : rest_(text), whole_(options.multi_line), separator_(options.line_separator) {
    if (rest_.starts_with("\xEF\xBB\xBF")) {
      rest_.remove_prefix(3);
    }
  }

  /// The next record, which may be blank; false: there is none.
  bool Next(std::string_view* record) {
    if (rest_.empty()) {
      return false;
    }
    const size_t at = whole_               ? rest_.npos
                      : separator_.empty() ? rest_.find_first_of("\r\n")
                                           : rest_.find(separator_);
    *record = rest_.substr(0, at);
    rest_.remove_prefix(at == rest_.npos ? rest_.size()
                                         : at + std::max<size_t>(separator_.size(), 1));
    return true;
  }

 private:
  std::string_view rest_;
  bool whole_;
  std::string_view separator_;
};

}  // namespace emery::format::json
