#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "type/text.h"

namespace emery::type {

std::string_view TrimAll(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  while (!text.empty() && blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

namespace {

char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool EqualsLower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (LowerAscii(text[i]) != lower[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<bool> ParseBoolean(std::string_view text) {
  text = TrimAll(text);
  for (std::string_view word : {"t", "true", "y", "yes", "1"}) {
    if (EqualsLower(text, word)) {
      return true;
    }
  }
  for (std::string_view word : {"f", "false", "n", "no", "0"}) {
    if (EqualsLower(text, word)) {
      return false;
    }
  }
  return std::nullopt;
}

std::optional<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max,
                                    bool allow_fraction) {
  text = TrimAll(text);
  size_t i = 0;
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    if (text.size() == 1) {
      return std::nullopt;
    }
    ++i;
  }
  const size_t first_digit = i;
  int64_t value = 0;  // negative, as its range is the wider one
  for (; i < text.size() && text[i] != '.'; ++i) {
    const int digit = text[i] - '0';
    if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, int64_t{10}, &value) ||
        __builtin_sub_overflow(value, int64_t{digit}, &value)) {
      return std::nullopt;
    }
  }
  if (i < text.size()) {
    if (!allow_fraction) {
      return std::nullopt;
    }
    for (size_t j = i + 1; j < text.size(); ++j) {
      if (text[j] < '0' || text[j] > '9') {
        return std::nullopt;
      }
    }
  } else if (i == first_digit) {
    return std::nullopt;
  }
  if (!negative) {
    if (value == std::numeric_limits<int64_t>::min()) {
      return std::nullopt;
    }
    value = -value;
  }
  return value >= min && value <= max ? std::optional(value) : std::nullopt;
}

namespace {

template <class T>
std::optional<T> ParseFloating(std::string_view text) {
  text = TrimAll(text);
  if (text.empty()) {
    return std::nullopt;
  }
  std::string_view body = text;
  bool negative = false;
  if (body[0] == '-' || body[0] == '+') {
    negative = body[0] == '-';
    body.remove_prefix(1);
  }
  const auto infinity = std::numeric_limits<T>::infinity();
  if (EqualsLower(body, "inf") || EqualsLower(body, "infinity")) {
    return negative ? -infinity : infinity;
  }
  if (EqualsLower(body, "nan")) {
    return body.size() == text.size() || body == "NaN"
               ? std::optional(std::numeric_limits<T>::quiet_NaN())
               : std::nullopt;
  }
  auto format = std::chars_format::general;
  if (body.size() > 2 && body[0] == '0' && (body[1] == 'x' || body[1] == 'X')) {
    body.remove_prefix(2);
    format = std::chars_format::hex;
    if (body.find_first_of("pP") == std::string_view::npos) {
      return std::nullopt;
    }
  } else if (body.empty() || !((body[0] >= '0' && body[0] <= '9') || body[0] == '.')) {
    return std::nullopt;
  }
  if (body.size() > 1) {
    const char last = LowerAscii(body.back());
    if (last == 'd' || last == 'f') {
      body.remove_suffix(1);
    }
  }
  T value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value, format);
  if (end != body.data() + body.size()) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    // Too large gives infinity and too small zero, as in Java; strtod tells which.
    const double wide = std::strtod(
        std::string(format == std::chars_format::hex ? "0x" : "").append(body).c_str(), nullptr);
    value = static_cast<T>(wide);
  } else if (error != std::errc()) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

/// Shortest digits laid out as Java does: plain for 1e-3 <= |v| < 1e7, else d.dddE±x.
template <class T>
std::string FormatFloating(T value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value < 0 ? "-Infinity" : "Infinity";
  }
  if (value == 0) {
    return std::signbit(value) ? "-0.0" : "0.0";
  }
  std::array<char, 48> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  std::string result;
  if (text[0] == '-') {
    result = "-";
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  std::string digits(text.substr(0, 1));
  if (e > 2) {
    digits += text.substr(2, e - 2);
  }
  if (digits.size() == 1) {
    // Java writes at least two digits: those nearest to the value, where they read back (4.9E-324,
    // not 5.0E-324).
    std::array<char, 48> two;
    std::snprintf(two.data(), two.size(), "%.1e", static_cast<double>(value < 0 ? -value : value));
    const std::string_view candidate(two.data());
    T read = 0;
    std::from_chars(candidate.data(), candidate.data() + candidate.size(), read);
    if (read == std::abs(value) && candidate[2] != '0') {
      text = candidate;
      const std::string rest(candidate.substr(candidate.find('e')));
      digits = {candidate[0], candidate[2]};
      buffer.fill('\0');
      std::copy(rest.begin(), rest.end(), buffer.begin() + static_cast<ptrdiff_t>(e));
      text = std::string_view(buffer.data(), e + rest.size());
    }
  }
  int exponent = 0;
  const std::string_view exponent_text = text.substr(e + (text[e + 1] == '+' ? 2 : 1));
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (exponent >= -3 && exponent < 7) {
    if (exponent >= 0) {
      const auto integral = static_cast<size_t>(exponent) + 1;
      if (digits.size() < integral) {
        digits.append(integral - digits.size(), '0');
      }
      result += digits.substr(0, integral) + ".";
      result += digits.size() > integral ? digits.substr(integral) : "0";
    } else {
      result += "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
    }
    return result;
  }
  result += digits[0];
  result += '.';
  result += digits.size() > 1 ? digits.substr(1) : "0";
  result += 'E';
  result += std::to_string(exponent);
  return result;
}

}  // namespace

std::optional<double> ParseDouble(std::string_view text) {
  return ParseFloating<double>(text);
}

std::optional<float> ParseFloat(std::string_view text) {
  return ParseFloating<float>(text);
}

std::string FormatDouble(double value) {
  return FormatFloating(value);
}

std::string FormatFloat(float value) {
  return FormatFloating(value);
}

std::string FormatHex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace emery::type
