#include <string>
#include <utility>
#include <vector>

#include "cli/result_writer_internal.h"
#include "cli/table_printer_internal.h"
#include "cli/value_text_internal.h"

namespace emery::cli {

namespace {

constexpr size_t kTableRowsMax =
    10'000;  // per table: a longer result becomes several, each with its own widths
constexpr size_t kWriteBytes = 64 * 1024;

void AppendCsv(std::string_view text, std::string* out) {
  if (text.empty() || text.find_first_of("\",\n\r") != std::string_view::npos) {
    *out += '"';
    for (char c : text) {
      if (c == '"') {
        *out += '"';
      }
      *out += c;
    }
    *out += '"';
  } else {
    out->append(text);
  }
}

void AppendTsv(std::string_view text, std::string* out) {
  for (char c : text) {
    switch (c) {
      case '\t':
        *out += "\\t";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\\':
        *out += "\\\\";
        break;
      default:
        *out += c;
    }
  }
}

void AppendMarkdown(std::string_view text, std::string* out) {
  for (char c : text) {
    switch (c) {
      case '|':
        *out += "\\|";
        break;
      case '\n':
        *out += "<br>";
        break;
      case '\r':
        break;
      default:
        *out += c;
    }
  }
}

/// Numbers and booleans as JSON has them; NaN and infinities, which it has not, as strings.
void AppendJsonValue(const type::DataType& t, std::string_view text, std::string* out) {
  const bool number = t.is_numeric() && text.find_first_of("NI") == std::string_view::npos;
  if (number || t.is(type::TypeId::kBoolean)) {
    out->append(text);
  } else {
    AppendJsonString(text, out);
  }
}

/// One format's texts around and inside rows.
class RowFormatter {
 public:
  RowFormatter(OutputFormat format, const type::Schema& schema)
      : format_(format), schema_(schema) {}

  void Head(std::string* out) const {
    switch (format_) {
      case OutputFormat::kCsv:
      case OutputFormat::kTsv:
        for (size_t i = 0; i < schema_.size(); ++i) {
          if (format_ == OutputFormat::kCsv) {
            *out += i == 0 ? "" : ",";
            AppendCsv(schema_[i].name, out);
          } else {
            *out += i == 0 ? "" : "\t";
            AppendTsv(schema_[i].name, out);
          }
        }
        *out += '\n';
        break;
      case OutputFormat::kMarkdown:
        *out += '|';
        for (const type::Field& field : schema_) {
          *out += ' ';
          AppendMarkdown(field.name, out);
          *out += " |";
        }
        *out += "\n|";
        for (const type::Field& field : schema_) {
          *out += field.type->is_numeric() ? " ---: |" : " --- |";
        }
        *out += '\n';
        break;
      case OutputFormat::kJson:
        *out += '[';
        break;
      case OutputFormat::kTable:
        break;
    }
  }

  void Row(const std::vector<columnar::VectorPtr>& columns, int64_t row, bool first,
           std::string* out) const {
    if (format_ == OutputFormat::kJson) {
      *out += first ? "\n  {" : ",\n  {";
    } else if (format_ == OutputFormat::kMarkdown) {
      *out += '|';
    }
    for (size_t i = 0; i < columns.size(); ++i) {
      const bool is_null = columns[i]->IsNull(row);
      const std::string_view text = is_null ? std::string_view() : TextAt(*columns[i], row);
      switch (format_) {
        case OutputFormat::kCsv:
          *out += i == 0 ? "" : ",";
          if (!is_null) {
            AppendCsv(text, out);
          }
          break;
        case OutputFormat::kTsv:
          *out += i == 0 ? "" : "\t";
          if (is_null) {
            *out += "\\N";
          } else {
            AppendTsv(text, out);
          }
          break;
        case OutputFormat::kMarkdown:
          *out += ' ';
          AppendMarkdown(is_null ? "NULL" : text, out);
          *out += " |";
          break;
        case OutputFormat::kJson:
          *out += i == 0 ? "" : ", ";
          AppendJsonString(schema_[i].name, out);
          *out += ": ";
          if (is_null) {
            *out += "null";
          } else {
            AppendJsonValue(*schema_[i].type, text, out);
          }
          break;
        case OutputFormat::kTable:
          break;
      }
    }
    *out += format_ == OutputFormat::kJson ? "}" : "\n";
  }

  void Foot(bool any_rows, std::string* out) const {
    if (format_ == OutputFormat::kJson) {
      *out += any_rows ? "\n]\n" : "]\n";
    }
  }

 private:
  OutputFormat format_;
  const type::Schema& schema_;
};

class Output {
 public:
  Output(std::FILE* file, const std::function<void()>& before) : file_(file), before_(before) {}

  /// False where nobody reads any more.
  bool Write(std::string* text) {
    if (!text->empty()) {
      before_();
      const bool written = std::fwrite(text->data(), 1, text->size(), file_) == text->size() &&
                           std::fflush(file_) == 0;
      text->clear();
      return written;
    }
    return true;
  }

 private:
  std::FILE* file_;
  const std::function<void()>& before_;
};

/// Results that are one text for people to read: EXPLAIN, SHOW CREATE TABLE.
bool IsText(const type::Schema& schema) {
  return schema.size() == 1 && (schema[0].name == "plan" || schema[0].name == "createtab_stmt" ||
                                schema[0].name == "function_desc");
}

Status WriteText(session::StatementResult* result, Output* output, bool* closed) {
  while (true) {
    ARROW_ASSIGN_OR_RAISE(std::optional<columnar::Batch> batch, result->Next());
    if (!batch) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(
        std::vector<columnar::VectorPtr> columns,
        ToText(*batch, result->schema(), *result->context(), BinaryStyle::kSpacedHex));
    for (int64_t row = 0; row < batch->num_rows; ++row) {
      std::string text(columns[0]->IsNull(row) ? "NULL" : TextAt(*columns[0], row));
      while (text.ends_with('\n')) {
        text.pop_back();
      }
      text += '\n';
      if (!output->Write(&text)) {
        *closed = true;
        return Status::OK();
      }
    }
  }
}

Status WriteTables(session::StatementResult* result, int terminal_width, Output* output,
                   bool* closed) {
  auto printer = std::make_unique<TablePrinter>(result->schema(), terminal_width);
  bool printed = false;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(std::optional<columnar::Batch> batch, result->Next());
    if (batch) {
      ARROW_ASSIGN_OR_RAISE(
          std::vector<columnar::VectorPtr> columns,
          ToText(*batch, result->schema(), *result->context(), BinaryStyle::kSpacedHex));
      for (int64_t row = 0; row < batch->num_rows; ++row) {
        std::vector<TablePrinter::Cell> cells;
        cells.reserve(columns.size());
        for (const columnar::VectorPtr& column : columns) {
          cells.push_back(column->IsNull(row) ? std::nullopt
                                              : TablePrinter::Cell(TextAt(*column, row)));
        }
        printer->AddRow(std::move(cells));
      }
    }
    if (batch ? printer->num_rows() >= kTableRowsMax : printer->num_rows() > 0 || !printed) {
      std::string text = printer->Finish();
      if (!output->Write(&text)) {
        *closed = true;
        return Status::OK();
      }
      printed = true;
      printer = std::make_unique<TablePrinter>(result->schema(), terminal_width);
    }
    if (!batch) {
      return Status::OK();
    }
  }
}

}  // namespace

Status WriteResult(session::StatementResult* result, OutputFormat format, int terminal_width,
                   std::FILE* out, const std::function<void()>& before_output, bool* closed) {
  Output output(out, before_output);
  if (result->schema().empty()) {
    while (true) {
      ARROW_ASSIGN_OR_RAISE(std::optional<columnar::Batch> batch, result->Next());
      if (!batch) {
        return Status::OK();
      }
    }
  }
  if (format == OutputFormat::kTable && IsText(result->schema())) {
    return WriteText(result, &output, closed);
  }
  if (format == OutputFormat::kTable) {
    return WriteTables(result, terminal_width, &output, closed);
  }
  const RowFormatter formatter(format, result->schema());
  std::string text;
  bool first = true;
  bool head = true;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(std::optional<columnar::Batch> batch, result->Next());
    if (head) {
      formatter.Head(&text);
      head = false;
    }
    if (!batch) {
      break;
    }
    ARROW_ASSIGN_OR_RAISE(std::vector<columnar::VectorPtr> columns,
                          ToText(*batch, result->schema(), *result->context(), BinaryStyle::kHex));
    for (int64_t row = 0; row < batch->num_rows; ++row) {
      formatter.Row(columns, row, first, &text);
      first = false;
      if (text.size() >= kWriteBytes && !output.Write(&text)) {
        *closed = true;
        return Status::OK();
      }
    }
  }
  formatter.Foot(!first, &text);
  *closed = !output.Write(&text);
  return Status::OK();
}

}  // namespace emery::cli
