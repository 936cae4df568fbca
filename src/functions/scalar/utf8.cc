#include "functions/scalar/utf8.h"

#include <clocale>
#include <cwctype>
#include <vector>

namespace emery::functions {

namespace {

// Simple mappings of the planes that have case, from the C library's Unicode locale; made at first
// use.
struct CaseTables {
  static constexpr uint32_t kLimit = 0x1E944;
  std::vector<uint32_t> upper;
  std::vector<uint32_t> lower;
  std::vector<bool> letter;

  CaseTables() : upper(kLimit), lower(kLimit), letter(kLimit) {
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    for (uint32_t c = 0; c < kLimit; ++c) {
      upper[c] = c;
      lower[c] = c;
      if (locale != nullptr && (c < 0xD800 || c > 0xDFFF)) {
        upper[c] = static_cast<uint32_t>(towupper_l(static_cast<wint_t>(c), locale));
        lower[c] = static_cast<uint32_t>(towlower_l(static_cast<wint_t>(c), locale));
        letter[c] = iswalpha_l(static_cast<wint_t>(c), locale) != 0;
      }
    }
    if (locale != nullptr) {
      freelocale(locale);
    }
  }
};

const CaseTables& Tables() {
  static const CaseTables tables;
  return tables;
}

}  // namespace

uint32_t DecodeUtf8(std::string_view s, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto continues = [&](size_t i) { return i < s.size() && (byte(i) & 0xC0) == 0x80; };
  const size_t i = *at;
  const unsigned char b = byte(i);
  if (b < 0x80) {
    *at = i + 1;
    return b;
  }
  if (b >= 0xC2 && b < 0xE0 && continues(i + 1)) {
    *at = i + 2;
    return (b & 0x1FU) << 6 | (byte(i + 1) & 0x3FU);
  }
  if (b >= 0xE0 && b < 0xF0 && continues(i + 1) && continues(i + 2)) {
    const uint32_t c = (b & 0x0FU) << 12 | (byte(i + 1) & 0x3FU) << 6 | (byte(i + 2) & 0x3FU);
    if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) {
      *at = i + 3;
      return c;
    }
  }
  if (b >= 0xF0 && b < 0xF5 && continues(i + 1) && continues(i + 2) && continues(i + 3)) {
    const uint32_t c = (b & 0x07U) << 18 | (byte(i + 1) & 0x3FU) << 12 |
                       (byte(i + 2) & 0x3FU) << 6 | (byte(i + 3) & 0x3FU);
    if (c >= 0x10000 && c <= 0x10FFFF) {
      *at = i + 4;
      return c;
    }
  }
  // The longest prefix of a well-formed sequence is one error.
  size_t end = i + 1;
  if (b >= 0xE0 && b < 0xF0 && continues(i + 1)) {
    const unsigned char next = byte(i + 1);
    if (!(b == 0xE0 && next < 0xA0) && !(b == 0xED && next >= 0xA0)) {
      end = i + 2;
    }
  } else if (b >= 0xF0 && b < 0xF5 && continues(i + 1)) {
    const unsigned char next = byte(i + 1);
    if (!(b == 0xF0 && next < 0x90) && !(b == 0xF4 && next >= 0x90)) {
      end = continues(i + 2) ? i + 3 : i + 2;
    }
  }
  *at = end;
  return 0xFFFD;
}

void AppendUtf8(uint32_t c, std::string* out) {
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (c >> 6)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (c >> 12)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | (c >> 18)));
    out->push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

bool IsValidUtf8(std::string_view s) {
  for (size_t at = 0; at < s.size();) {
    if (static_cast<unsigned char>(s[at]) < 0x80) {
      ++at;
      continue;
    }
    const size_t start = at;
    const uint32_t c = DecodeUtf8(s, &at);
    if (c == 0xFFFD && s.substr(start, at - start) != "\xEF\xBF\xBD") {
      return false;
    }
  }
  return true;
}

std::string MakeValidUtf8(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (size_t at = 0; at < s.size();) {
    AppendUtf8(DecodeUtf8(s, &at), &out);
  }
  return out;
}

uint32_t ToUpperCodePoint(uint32_t c) {
  return c < CaseTables::kLimit ? Tables().upper[c] : c;
}

uint32_t ToLowerCodePoint(uint32_t c) {
  return c < CaseTables::kLimit ? Tables().lower[c] : c;
}

uint32_t ToTitleCodePoint(uint32_t c) {
  // The digraphs have title forms of their own.
  if (c >= 0x1C4 && c <= 0x1CC) {
    return c <= 0x1C6 ? 0x1C5 : c <= 0x1C9 ? 0x1C8 : 0x1CB;
  }
  if (c >= 0x1F1 && c <= 0x1F3) {
    return 0x1F2;
  }
  return ToUpperCodePoint(c);
}

bool IsLetterCodePoint(uint32_t c) {
  return c < CaseTables::kLimit ? Tables().letter[c] : c >= 0x20000 && c < 0x32000;
}

void AppendUpper(std::string_view s, std::string* out) {
  for (size_t at = 0; at < s.size();) {
    const uint32_t c = DecodeUtf8(s, &at);
    switch (c) {
      case 0xDF:
        out->append("SS");
        break;
      case 0x149:
        out->append("\u02BCN");
        break;
      case 0x1F0:
        out->append("J\u030C");
        break;
      case 0x390:
        out->append("\u0399\u0308\u0301");
        break;
      case 0x3B0:
        out->append("\u03A5\u0308\u0301");
        break;
      case 0x587:
        out->append("\u0535\u0552");
        break;
      case 0xFB00:
        out->append("FF");
        break;
      case 0xFB01:
        out->append("FI");
        break;
      case 0xFB02:
        out->append("FL");
        break;
      case 0xFB03:
        out->append("FFI");
        break;
      case 0xFB04:
        out->append("FFL");
        break;
      case 0xFB05:
      case 0xFB06:
        out->append("ST");
        break;
      default:
        AppendUtf8(ToUpperCodePoint(c), out);
    }
  }
}

void AppendLower(std::string_view s, std::string* out) {
  bool letter_before = false;
  for (size_t at = 0; at < s.size();) {
    const uint32_t c = DecodeUtf8(s, &at);
    if (c == 0x130) {
      out->append("i\u0307");
    } else if (c == 0x3A3) {
      // A sigma at the end of a word has its own form.
      bool letter_after = false;
      if (at < s.size()) {
        size_t next = at;
        letter_after = IsLetterCodePoint(DecodeUtf8(s, &next));
      }
      AppendUtf8(letter_before && !letter_after ? 0x3C2 : 0x3C3, out);
    } else {
      AppendUtf8(ToLowerCodePoint(c), out);
    }
    letter_before = IsLetterCodePoint(c);
  }
}

}  // namespace emery::functions
