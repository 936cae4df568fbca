#include <algorithm>
#include <cstring>

#include "format/csv/csv_record_internal.h"

namespace emery::format::csv {

namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

size_t CsvSplitter::LineEnd(size_t from) const {
  size_t at = from;
  while (at < rest_.size() && !EndsLine(rest_[at])) {
    ++at;
  }
  return at;
}

bool CsvSplitter::Next(std::vector<CsvField>* fields) {
  while (true) {
    // Line ends before a record: of the last one, and empty lines.
    while (!rest_.empty() && EndsLine(rest_[0])) {
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) {
      return false;
    }
    if (options_.comment != 0 && rest_[0] == options_.comment) {
      rest_.remove_prefix(LineEnd(0));
      continue;
    }
    if (!options_.multi_line && static_cast<unsigned char>(rest_[0]) <= ' ') {
      const std::string_view line = rest_.substr(0, LineEnd(0));
      if (std::all_of(line.begin(), line.end(), [](unsigned char c) { return c <= ' '; })) {
        rest_.remove_prefix(line.size());
        continue;
      }
    }
    break;
  }
  fields->clear();
  const std::string_view text = options_.multi_line ? rest_ : rest_.substr(0, LineEnd(0));
  size_t at = 0;
  bool ends = false;
  while (!ends) {
    CsvField field;
    at = ReadField(text, at, &ends, &field);
    fields->push_back(field);
  }
  record_ = text.substr(0, at);
  rest_.remove_prefix(at);
  return true;
}

size_t CsvSplitter::ReadField(std::string_view text, size_t at, bool* record_ends,
                              CsvField* field) {
  const std::string& separator = options_.separator;
  const auto at_separator = [&](size_t i) { return text.substr(i).starts_with(separator); };
  const auto at_line_end = [&](size_t i) { return i >= text.size() || EndsLine(text[i]); };
  const auto finish = [&](size_t i) {
    *record_ends = at_line_end(i);
    return *record_ends ? i : i + separator.size();
  };
  size_t begin = at;
  if (options_.ignore_leading_space.value_or(false)) {
    while (begin < text.size() && IsBlank(text[begin]) && !at_separator(begin)) {
      ++begin;
    }
  }
  if (options_.quote != 0 && begin < text.size() && text[begin] == options_.quote) {
    scratch_.clear();
    bool plain = true;  // nothing was unescaped: the file's bytes are the value
    size_t i = begin + 1;
    while (i < text.size()) {
      const char c = text[i];
      if (options_.escape != 0 && c == options_.escape && i + 1 < text.size() &&
          (text[i + 1] == options_.quote ||
           (text[i + 1] == options_.escape && options_.escape != options_.quote))) {
        if (plain) {
          scratch_.assign(text.substr(begin + 1, i - begin - 1));
          plain = false;
        }
        scratch_ += text[i + 1];
        i += 2;
        continue;
      }
      if (c == options_.quote) {
        size_t behind = i + 1;
        while (behind < text.size() && IsBlank(text[behind]) && !at_separator(behind)) {
          ++behind;
        }
        if (at_line_end(behind) || at_separator(behind)) {
          field->quoted = true;
          if (plain) {
            field->data = text.data() + begin + 1;
            field->size = static_cast<uint32_t>(i - begin - 1);
          } else {
            char* copy = heap_.Allocate(scratch_.size());
            std::memcpy(copy, scratch_.data(), scratch_.size());
            field->data = copy;
            field->size = static_cast<uint32_t>(scratch_.size());
          }
          return finish(behind);
        }
        break;  // a quote in the middle: the value is an unquoted one
      }
      if (!plain) {
        scratch_ += c;
      }
      ++i;
    }
    // An unclosed quote takes the rest of the text; one in the middle, up to the next delimiter.
    size_t end = i;
    while (end < text.size() && !at_separator(end) && !at_line_end(end)) {
      ++end;
    }
    field->data = text.data() + (i >= text.size() ? begin + 1 : begin);
    field->size = static_cast<uint32_t>(text.data() + end - field->data);
    return finish(end);
  }
  size_t end = begin;
  if (separator.size() == 1) {
    const char* stop = text.data() + text.size();
    const char* p = text.data() + begin;
    while (p < stop && *p != separator[0] && !EndsLine(*p)) {
      ++p;
    }
    end = static_cast<size_t>(p - text.data());
  } else {
    while (end < text.size() && !at_separator(end) && !at_line_end(end)) {
      ++end;
    }
  }
  size_t last = end;
  if (options_.ignore_trailing_space.value_or(false)) {
    while (last > begin && IsBlank(text[last - 1])) {
      --last;
    }
  }
  field->data = text.data() + begin;
  field->size = static_cast<uint32_t>(last - begin);
  return finish(end);
}

}  // namespace emery::format::csv
