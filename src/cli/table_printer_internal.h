#pragma once

#include <optional>
#include <string>
#include <vector>

#include "type/data_type.h"

namespace emery::cli {

/// Lays out rows of text as a table in the manner of Spark's show():
///
///     +---+-----+
///     |  a|b    |
///     +---+-----+
///     |  1|x    |
///     +---+-----+
///
/// Numbers are right-aligned, all else left. Where the table is wider than `terminal_width` (0: no
/// limit), the widest columns are narrowed and their values folded over several lines; where even
/// that is too wide, every row becomes a block of "name | value" lines, as show(vertical = true)
/// does. Line breaks and tabs inside values show as \n and \t. A result that is one text of several
/// lines (EXPLAIN, SHOW CREATE TABLE) is printed as it is, without a frame.
class TablePrinter {
 public:
  using Cell = std::optional<std::string>;

  TablePrinter(const type::Schema& schema, int terminal_width);
  void AddRow(std::vector<Cell> row);

  size_t num_rows() const { return rows_.size(); }

  std::string Finish();

 private:
  std::string FinishAsTable(const std::vector<int>& widths) const;
  std::string FinishVertically() const;
  /// Widths of the columns so that the table fits; none where it can't.
  std::optional<std::vector<int>> FittingWidths() const;

  std::vector<std::string> names_;
  std::vector<bool> right_aligned_;
  int terminal_width_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<int> natural_widths_;
  std::optional<std::string> document_;  // the first row, where it is such a text
};

}  // namespace emery::cli
