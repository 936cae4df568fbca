#include "functions/scalar/schema_text.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace emery::functions {

namespace {

using type::TypePtr;

// Recursive descent over names, numbers and marks; all of a schema text's grammar but nothing of
// SQL's expressions.
class SchemaParser {
 public:
  explicit SchemaParser(std::string_view text) : text_(text) { Next(); }

  Result<TypePtr> Whole() {
    // A single type, or else columns.
    SchemaParser attempt = *this;
    Result<TypePtr> single = attempt.Type();
    if (single.ok() && attempt.token_.empty()) {
      return single;
    }
    ARROW_ASSIGN_OR_RAISE(std::vector<type::Field> fields, Fields(""));
    if (!token_.empty()) {
      return Unexpected();
    }
    return type::Struct(std::move(fields));
  }

 private:
  Status Unexpected() const {
    return base::UserError(
        "PARSE_SYNTAX_ERROR",
        "Syntax error at or near " + (token_.empty() ? "end of input" : "'" + token_ + "'") + ".",
        {{"error", token_.empty() ? "end of input" : "'" + token_ + "'"}, {"hint", ""}});
  }

  void Next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
    token_.clear();
    quoted_ = false;
    if (at_ >= text_.size()) {
      return;
    }
    const char c = text_[at_];
    if (c == '`' || c == '\'' || c == '"') {
      quoted_ = true;
      for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == c) {
          if (c == '`' && at_ + 1 < text_.size() && text_[at_ + 1] == c) {
            ++at_;
          } else {
            break;
          }
        }
        token_.push_back(text_[at_]);
      }
      ++at_;
      if (token_.empty()) {
        token_ = " ";
      }
      return;
    }
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
        static_cast<unsigned char>(c) >= 0x80) {
      while (at_ < text_.size() &&
             (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_' ||
              static_cast<unsigned char>(text_[at_]) >= 0x80)) {
        token_.push_back(text_[at_++]);
      }
      return;
    }
    token_.push_back(c);
    ++at_;
  }

  bool Is(std::string_view word) const {
    return !quoted_ && token_.size() == word.size() &&
           std::equal(word.begin(), word.end(), token_.begin(), [](char a, char b) {
             return a == std::toupper(static_cast<unsigned char>(b));
           });
  }

  Status Expect(std::string_view word) {
    if (!Is(word)) {
      return Unexpected();
    }
    Next();
    return Status::OK();
  }

  Result<std::vector<type::Field>> Fields(std::string_view close) {
    std::vector<type::Field> fields;
    while (true) {
      if (!close.empty() && Is(close)) {
        return fields;
      }
      if (token_.empty()) {
        return Unexpected();
      }
      type::Field field;
      field.name = token_;
      Next();
      if (Is(":")) {
        Next();
      }
      ARROW_ASSIGN_OR_RAISE(field.type, Type());
      if (Is("NOT")) {
        Next();
        ARROW_RETURN_NOT_OK(Expect("NULL"));
        field.nullable = false;
      }
      if (Is("COMMENT")) {
        Next();
        field.comment = token_;
        Next();
      }
      fields.push_back(std::move(field));
      if (!Is(",")) {
        return fields;
      }
      Next();
    }
  }

  Result<int> Number() {
    if (token_.empty() || token_.find_first_not_of("0123456789") != std::string::npos ||
        token_.size() > 6) {
      return Unexpected();
    }
    const int n = std::stoi(token_);
    Next();
    return n;
  }

  Result<TypePtr> Type() {
    if (quoted_ || token_.empty()) {
      return Unexpected();
    }
    static const std::pair<const char*, TypePtr> kSimple[] = {
        {"BOOLEAN", type::Boolean()},
        {"TINYINT", type::Byte()},
        {"BYTE", type::Byte()},
        {"SMALLINT", type::Short()},
        {"SHORT", type::Short()},
        {"INT", type::Int()},
        {"INTEGER", type::Int()},
        {"BIGINT", type::Long()},
        {"LONG", type::Long()},
        {"FLOAT", type::Float()},
        {"REAL", type::Float()},
        {"DOUBLE", type::Double()},
        {"STRING", type::String()},
        {"BINARY", type::Binary()},
        {"DATE", type::Date()},
        {"TIMESTAMP", type::Timestamp()},
        {"TIMESTAMP_LTZ", type::Timestamp()},
        {"TIMESTAMP_NTZ", type::TimestampNtz()},
        {"VOID", type::Null()}};
    for (const auto& [name, t] : kSimple) {
      if (Is(name)) {
        Next();
        return t;
      }
    }
    if (Is("DECIMAL") || Is("DEC") || Is("NUMERIC")) {
      Next();
      int precision = 10;
      int scale = 0;
      if (Is("(")) {
        Next();
        ARROW_ASSIGN_OR_RAISE(precision, Number());
        if (Is(",")) {
          Next();
          ARROW_ASSIGN_OR_RAISE(scale, Number());
        }
        ARROW_RETURN_NOT_OK(Expect(")"));
      }
      if (precision > 38 || scale > precision || precision < 1) {
        return base::UserError(
            "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            "Decimal precision " + std::to_string(precision) + " exceeds max precision 38.",
            {{"precision", std::to_string(precision)}, {"maxPrecision", "38"}});
      }
      return type::Decimal(precision, scale);
    }
    if (Is("CHAR") || Is("CHARACTER") || Is("VARCHAR")) {
      Next();
      ARROW_RETURN_NOT_OK(Expect("("));
      ARROW_RETURN_NOT_OK(Number().status());
      ARROW_RETURN_NOT_OK(Expect(")"));
      return type::String();
    }
    if (Is("INTERVAL")) {
      Next();
      static constexpr const char* kUnits[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};
      const auto unit = [&]() -> int {
        for (int i = 0; i < 6; ++i) {
          if (Is(kUnits[i])) {
            Next();
            return i;
          }
        }
        return -1;
      };
      const int start = unit();
      if (start < 0) {
        return Unexpected();
      }
      int end = start;
      if (Is("TO")) {
        Next();
        end = unit();
      }
      if (start <= 1 && end >= start && end <= 1) {
        return type::YearMonthInterval(static_cast<type::IntervalField>(start),
                                       static_cast<type::IntervalField>(end));
      }
      if (start >= 2 && end >= start) {
        return type::DayTimeInterval(static_cast<type::IntervalField>(start - 2),
                                     static_cast<type::IntervalField>(end - 2));
      }
      return Unexpected();
    }
    if (Is("ARRAY")) {
      Next();
      ARROW_RETURN_NOT_OK(Expect("<"));
      ARROW_ASSIGN_OR_RAISE(TypePtr element, Type());
      ARROW_RETURN_NOT_OK(Expect(">"));
      return type::Array(std::move(element));
    }
    if (Is("MAP")) {
      Next();
      ARROW_RETURN_NOT_OK(Expect("<"));
      ARROW_ASSIGN_OR_RAISE(TypePtr key, Type());
      ARROW_RETURN_NOT_OK(Expect(","));
      ARROW_ASSIGN_OR_RAISE(TypePtr value, Type());
      ARROW_RETURN_NOT_OK(Expect(">"));
      return type::Map(std::move(key), std::move(value));
    }
    if (Is("STRUCT")) {
      Next();
      ARROW_RETURN_NOT_OK(Expect("<"));
      ARROW_ASSIGN_OR_RAISE(std::vector<type::Field> fields, Fields(">"));
      ARROW_RETURN_NOT_OK(Expect(">"));
      return type::Struct(std::move(fields));
    }
    return Unexpected();
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string token_;
  bool quoted_ = false;
};

}  // namespace

Result<TypePtr> TypeFromSchemaText(std::string_view text) {
  return SchemaParser(text).Whole();
}

}  // namespace emery::functions
