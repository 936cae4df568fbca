// Columns of type char(n) have n characters, blanks at the end included. A literal that is compared
// with one is taken for a char too: the shorter side gets blanks.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

int CharacterCount(const std::string& text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

ColumnId IdOf(const ExpressionPtr& e) {
  if (const auto* column = plan::As<plan::Column>(e)) {
    return column->id;
  }
  const auto* outer = plan::As<plan::OuterColumn>(e);
  return outer == nullptr ? ColumnId{} : outer->id;
}

bool Compares(std::string_view name) {
  return name == "in" || name == "=" || name == "<=>" || name == "!=" || name == "<" ||
         name == "<=" || name == ">" || name == ">=";
}

}  // namespace

void QueryAnalyzer::CopyCharLength(ColumnId from, ColumnId to) {
  const auto found = char_lengths_.find(from);
  if (found != char_lengths_.end()) {
    const int length = found->second;
    char_lengths_[to] = length;
  }
}

void QueryAnalyzer::PadCharComparison(std::string_view name, ExpressionList* arguments) const {
  if (char_lengths_.empty() || !Compares(name) || arguments->size() < 2) {
    return;
  }
  // What is padded to what: chars and literals only, else nothing.
  int length = 0;
  bool any_char = false;
  for (const ExpressionPtr& e : *arguments) {
    const auto* literal = plan::As<plan::Literal>(e);
    const auto found = char_lengths_.find(IdOf(e));
    if (found != char_lengths_.end()) {
      any_char = true;
      length = std::max(length, found->second);
    } else if (literal != nullptr && literal->type->is_string()) {
      length =
          std::max(length, literal->value.is_null() ? 0 : CharacterCount(literal->value.string()));
    } else {
      return;
    }
  }
  if (!any_char) {
    return;
  }
  for (ExpressionPtr& e : *arguments) {
    const auto* literal = plan::As<plan::Literal>(e);
    if (literal != nullptr) {
      if (!literal->value.is_null()) {
        std::string text = literal->value.string();
        text.append(static_cast<size_t>(length - CharacterCount(text)), ' ');
        e = plan::MakeLiteral(literal->type, type::Value::String(std::move(text)), e->position);
      }
    } else if (char_lengths_.at(IdOf(e)) < length) {
      Result<ExpressionPtr> padded = functions::MakeFunctionCall(
          "rpad", {e, plan::MakeIntLiteral(length)}, mode(), context_.query.get(), e->position);
      if (padded.ok()) {
        e = *padded;
      }
    }
  }
}

}  // namespace emery::analyzer
