#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/buffer.h"
#include "format/csv/csv_reader.h"

namespace emery::format::csv {

/// One value of a record. `data` points into the file or the splitter's heap.
struct CsvField {
  const char* data = nullptr;
  uint32_t size = 0;
  bool quoted = false;

  std::string_view text() const { return {data, size}; }
};

/// Cuts a file into records and these into fields, as Spark's CSV parser (univocity) does: a quote
/// inside a quoted value that no delimiter follows makes the value an unquoted one. Without
/// multi_line a record ends with its line whatever the quotes say, and lines of nothing but white
/// space are none.
class CsvSplitter {
 public:
  CsvSplitter(std::string_view bytes, const CsvOptions& options) : rest_(bytes), options_(options) {
    if (options.line_separator != 0) {
      line_end_ = other_line_end_ = options.line_separator;
    }
    if (rest_.starts_with("\xEF\xBB\xBF")) {
      rest_.remove_prefix(3);
    }
  }

  /// The next record that is neither empty nor a comment; false: there is none.
  bool Next(std::vector<CsvField>* fields);

  /// Its text without the line's end.
  std::string_view record() const { return record_; }

  /// Unescaped values of the records so far.
  columnar::StringHeap& heap() { return heap_; }

 private:
  size_t LineEnd(size_t from) const;

  bool EndsLine(char c) const { return c == line_end_ || c == other_line_end_; }

  /// Reads a field of `text` from `at`; gives where the next one starts, or npos behind the last.
  size_t ReadField(std::string_view text, size_t at, bool* record_ends, CsvField* field);

  std::string_view rest_;
  const CsvOptions& options_;
  char line_end_ = '\n';
  char other_line_end_ = '\r';
  std::string_view record_;
  std::string scratch_;
  columnar::StringHeap heap_;
};

}  // namespace emery::format::csv
