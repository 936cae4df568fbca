#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cli/table_printer_internal.h"
#include "cli/value_text_internal.h"

namespace emery::cli {

namespace {

constexpr int kWidthMin = 10;     // a folded column is no narrower
constexpr int kNameWidthMin = 3;  // as Spark's show()
constexpr const char* kNull = "NULL";

std::string OneLine(const std::string& text) {
  std::string line;
  for (char c : text) {
    switch (c) {
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      case '\t':
        line += "\\t";
        break;
      case '\0':
        line += "\\0";
        break;
      case '\x1b':  // would talk to the terminal
        line += "\\e";
        break;
      default:
        line += c;
    }
  }
  return line;
}

std::vector<std::string_view> Fold(std::string_view text, int width) {
  std::vector<std::string_view> lines;
  while (DisplayWidth(text) > width) {
    size_t bytes = BytesForWidth(text, width);
    // Break behind a blank or comma where there is one in the second half of the line.
    const size_t blank = text.substr(0, bytes).find_last_of(" ,");
    if (blank != std::string_view::npos && blank + 1 > bytes / 2) {
      bytes = blank + 1;
    }
    lines.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  lines.push_back(text);
  return lines;
}

void AppendPadded(std::string_view text, int width, bool right, std::string* line) {
  const int missing = std::max(0, width - DisplayWidth(text));
  if (right) {
    line->append(static_cast<size_t>(missing), ' ');
  }
  line->append(text);
  if (!right) {
    line->append(static_cast<size_t>(missing), ' ');
  }
}

}  // namespace

TablePrinter::TablePrinter(const type::Schema& schema, int terminal_width)
    : terminal_width_(terminal_width) {
  for (const type::Field& field : schema) {
    names_.push_back(OneLine(field.name));
    right_aligned_.push_back(field.type->is_numeric());
    natural_widths_.push_back(std::max(kNameWidthMin, DisplayWidth(names_.back())));
  }
}

void TablePrinter::AddRow(std::vector<Cell> row) {
  if (row.size() == 1 && rows_.empty() && row[0] && !right_aligned_[0] &&
      row[0]->find('\n') != std::string::npos) {
    document_ = *row[0];
  }
  std::vector<std::string> cells;
  cells.reserve(row.size());
  for (size_t i = 0; i < row.size(); ++i) {
    cells.push_back(row[i] ? OneLine(*row[i]) : kNull);
    natural_widths_[i] = std::max(natural_widths_[i], DisplayWidth(cells.back()));
  }
  rows_.push_back(std::move(cells));
}

std::optional<std::vector<int>> TablePrinter::FittingWidths() const {
  std::vector<int> widths = natural_widths_;
  if (terminal_width_ <= 0) {
    return widths;
  }
  int total = 1;
  for (int width : widths) {
    total += width + 1;
  }
  while (total > terminal_width_) {
    // Narrow the widest column to the next one's width, or by what is too much.
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (widest == widths.end() || *widest <= kWidthMin) {
      return std::nullopt;
    }
    int next = kWidthMin;
    for (int width : widths) {
      if (width < *widest) {
        next = std::max(next, width);
      }
    }
    const int cut = std::clamp(*widest - next, 1, total - terminal_width_);
    *widest -= cut;
    total -= cut;
  }
  return widths;
}

std::string TablePrinter::FinishAsTable(const std::vector<int>& widths) const {
  std::string rule = "+";
  for (int width : widths) {
    rule.append(static_cast<size_t>(width), '-');
    rule += '+';
  }
  rule += '\n';
  std::string text = rule;
  const auto add_row = [&](const std::vector<std::string>& cells) {
    std::vector<std::vector<std::string_view>> folded;
    size_t height = 1;
    for (size_t i = 0; i < cells.size(); ++i) {
      folded.push_back(Fold(cells[i], widths[i]));
      height = std::max(height, folded.back().size());
    }
    for (size_t line = 0; line < height; ++line) {
      text += '|';
      for (size_t i = 0; i < cells.size(); ++i) {
        AppendPadded(line < folded[i].size() ? folded[i][line] : "", widths[i], right_aligned_[i],
                     &text);
        text += '|';
      }
      text += '\n';
    }
  };
  add_row(names_);
  text += rule;
  for (const std::vector<std::string>& row : rows_) {
    add_row(row);
  }
  return text + rule;
}

std::string TablePrinter::FinishVertically() const {
  int name_width = 0;
  for (const std::string& name : names_) {
    name_width = std::max(name_width, DisplayWidth(name));
  }
  name_width = std::min(name_width, std::max(kWidthMin, terminal_width_ / 2));
  const int value_width = std::max(kWidthMin, terminal_width_ - name_width - 4);
  std::string text;
  for (size_t row = 0; row < rows_.size(); ++row) {
    std::string head = "-RECORD " + std::to_string(row);
    head.append(
        static_cast<size_t>(std::max<int>(0, name_width + 2 - static_cast<int>(head.size()))), '-');
    text += head + "\n";
    for (size_t i = 0; i < names_.size(); ++i) {
      bool first = true;
      for (std::string_view line : Fold(rows_[row][i], value_width)) {
        text += ' ';
        AppendPadded(first ? std::string_view(names_[i]) : "", name_width, false, &text);
        text += " | ";
        text.append(line);
        text += '\n';
        first = false;
      }
    }
  }
  return text;
}

std::string TablePrinter::Finish() {
  if (document_ && rows_.size() == 1) {
    std::string text;
    size_t begin = 0;
    while (begin <= document_->size()) {
      const size_t end = std::min(document_->find('\n', begin), document_->size());
      text += OneLine(document_->substr(begin, end - begin)) + "\n";
      begin = end + 1;
    }
    return text.ends_with("\n\n") ? text.substr(0, text.size() - 1) : text;
  }
  const std::optional<std::vector<int>> widths = FittingWidths();
  return widths || rows_.empty() ? FinishAsTable(widths.value_or(natural_widths_))
                                 : FinishVertically();
}

}  // namespace emery::cli
