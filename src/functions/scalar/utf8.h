#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace emery::functions {

/// Bytes of the character that starts with `first`, as UTF8String counts them (1 for bytes that
/// can't start one).
inline int Utf8Length(unsigned char first) {
  return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 1;
}

inline bool IsAscii(std::string_view s) {
  unsigned char any = 0;
  for (const char c : s) {
    any |= static_cast<unsigned char>(c);
  }
  return any < 0x80;
}

/// Characters: bytes that do not continue one.
inline int32_t CountCharacters(std::string_view s) {
  int32_t n = 0;
  for (const char c : s) {
    n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }
  return n;
}

/// The byte offset of character `index` >= 0, at most s.size().
inline size_t OffsetOfCharacter(std::string_view s, int64_t index) {
  size_t at = 0;
  while (index > 0 && at < s.size()) {
    at += Utf8Length(static_cast<unsigned char>(s[at]));
    --index;
  }
  return at < s.size() ? at : s.size();
}

/// Characters [start, end) of `s`; negative starts count as 0.
inline std::string_view SubstringCharacters(std::string_view s, int64_t start, int64_t end) {
  if (end <= start || end <= 0) {
    return {};
  }
  if (start < 0) {
    start = 0;
  }
  const size_t from = OffsetOfCharacter(s, start);
  const size_t length = OffsetOfCharacter(s.substr(from), end - start);
  return s.substr(from, length);
}

/// The code point at `*at`, which moves on; malformed bytes give U+FFFD.
uint32_t DecodeUtf8(std::string_view s, size_t* at);
void AppendUtf8(uint32_t code_point, std::string* out);
bool IsValidUtf8(std::string_view s);
/// Malformed sequences replaced by U+FFFD, as Java's decoder does.
std::string MakeValidUtf8(std::string_view s);

/// Simple case mappings of Unicode.
uint32_t ToUpperCodePoint(uint32_t code_point);
uint32_t ToLowerCodePoint(uint32_t code_point);
uint32_t ToTitleCodePoint(uint32_t code_point);
bool IsLetterCodePoint(uint32_t code_point);

/// As Java's String.toUpperCase and toLowerCase (root locale), with the special mappings that make
/// a string longer.
void AppendUpper(std::string_view s, std::string* out);
void AppendLower(std::string_view s, std::string* out);

}  // namespace emery::functions
