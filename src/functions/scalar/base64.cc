#include "functions/scalar/base64.h"

#include <cstdint>

namespace emery::functions {

void AppendBase64(std::string_view bytes, std::string* out) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = static_cast<unsigned char>(bytes[i]) << 16;
    bits |= i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) << 8 : 0;
    bits |= i + 2 < bytes.size() ? static_cast<unsigned char>(bytes[i + 2]) : 0;
    out->push_back(kDigits[bits >> 18]);
    out->push_back(kDigits[bits >> 12 & 63]);
    out->push_back(i + 1 < bytes.size() ? kDigits[bits >> 6 & 63] : '=');
    out->push_back(i + 2 < bytes.size() ? kDigits[bits & 63] : '=');
  }
}

bool AppendUnbase64(std::string_view s, std::string* out) {
  uint32_t bits = 0;
  int have = 0;
  size_t i = 0;
  for (; i < s.size(); ++i) {
    const char c = s[i];
    int v = -1;
    if (c >= 'A' && c <= 'Z') {
      v = c - 'A';
    } else if (c >= 'a' && c <= 'z') {
      v = c - 'a' + 26;
    } else if (c >= '0' && c <= '9') {
      v = c - '0' + 52;
    } else if (c == '+') {
      v = 62;
    } else if (c == '/') {
      v = 63;
    } else if (c == '=') {
      break;
    }
    if (v < 0) {
      continue;
    }
    bits = bits << 6 | static_cast<uint32_t>(v);
    if (++have == 4) {
      out->push_back(static_cast<char>(bits >> 16));
      out->push_back(static_cast<char>(bits >> 8));
      out->push_back(static_cast<char>(bits));
      bits = 0;
      have = 0;
    }
  }
  if (have == 1) {
    return false;
  }
  if (have == 2) {
    out->push_back(static_cast<char>(bits >> 4));
  } else if (have == 3) {
    out->push_back(static_cast<char>(bits >> 10));
    out->push_back(static_cast<char>(bits >> 2));
  }
  return true;
}

}  // namespace emery::functions
