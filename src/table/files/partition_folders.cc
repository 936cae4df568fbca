#include "table/files/partition_folders.h"

#include <algorithm>
#include <cstdint>

#include "type/decimal.h"
#include "type/text.h"

namespace emery::table {

namespace {

bool MustEscape(unsigned char c) {
  constexpr std::string_view kSpecial = "\"#%'*/:=?\\{[]^";
  return c < 0x20 || c == 0x7f || kSpecial.find(static_cast<char>(c)) != kSpecial.npos;
}

int HexDigit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/// Steps of widening; string takes everything.
enum class Inferred : uint8_t { kInt, kLong, kDecimal, kDouble, kDate, kTimestamp, kString };

Inferred InferOne(const std::string& text, const type::TimeZone& zone) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789+-") == text.npos;
  if (digits) {
    if (type::ParseInteger(text, INT32_MIN, INT32_MAX)) {
      return Inferred::kInt;
    }
    if (type::ParseInteger(text)) {
      return Inferred::kLong;
    }
    if (type::ParseDecimal(text, type::kMaxDecimalPrecision, 0)) {
      return Inferred::kDecimal;
    }
  }
  const bool blank_ends = text.empty() || text.front() <= ' ' || text.back() <= ' ';
  const bool number_like = text.find_first_not_of("0123456789+-.eE") == text.npos;
  if (!blank_ends && number_like && type::ParseDouble(text)) {
    return Inferred::kDouble;
  }
  // A year alone, or without its two digits of month and day, is no date here.
  const bool date_like = text.size() >= 10 && text[4] == '-' && text[7] == '-';
  if (date_like && text.size() == 10 && type::ParseDate(text)) {
    return Inferred::kDate;
  }
  if (date_like && type::ParseTimestamp(text, zone)) {
    return Inferred::kTimestamp;
  }
  return Inferred::kString;
}

Inferred Wider(Inferred a, Inferred b) {
  if (a == b) {
    return a;
  }
  const auto [low, high] = std::minmax(a, b);
  const bool numbers = high <= Inferred::kDouble;
  const bool times = low >= Inferred::kDate && high <= Inferred::kTimestamp;
  if (low == Inferred::kDecimal && high == Inferred::kDouble) {
    return Inferred::kString;
  }
  return numbers || times ? high : Inferred::kString;
}

}  // namespace

std::string EscapePartitionText(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (MustEscape(byte)) {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

std::string UnescapePartitionText(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::vector<PartitionFolder> PartitionFoldersOf(std::string_view path) {
  std::vector<PartitionFolder> folders;
  size_t end = path.find_last_of('/');
  while (end != path.npos) {
    path = path.substr(0, end);
    const size_t slash = path.find_last_of('/');
    const std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
    const size_t equals = name.find('=');
    if (equals == name.npos || equals == 0) {
      break;
    }
    const std::string_view value = name.substr(equals + 1);
    std::optional<std::string> text;
    if (value != kHiveDefaultPartition) {
      text = UnescapePartitionText(value);
    }
    folders.emplace_back(UnescapePartitionText(name.substr(0, equals)), std::move(text));
    end = slash;
  }
  std::reverse(folders.begin(), folders.end());
  return folders;
}

type::TypePtr InferPartitionType(const std::vector<std::string>& values,
                                 const type::TimeZone& zone) {
  std::optional<Inferred> all;
  for (const std::string& value : values) {
    const Inferred one = InferOne(value, zone);
    all = all.has_value() ? Wider(*all, one) : one;
  }
  switch (all.value_or(Inferred::kString)) {
    case Inferred::kInt:
      return type::Int();
    case Inferred::kLong:
      return type::Long();
    case Inferred::kDecimal:
      return type::Decimal(type::kMaxDecimalPrecision, 0);
    case Inferred::kDouble:
      return type::Double();
    case Inferred::kDate:
      return type::Date();
    case Inferred::kTimestamp:
      return type::Timestamp();
    case Inferred::kString:
      break;
  }
  return type::String();
}

}  // namespace emery::table
