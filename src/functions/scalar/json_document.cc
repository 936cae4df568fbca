#include "functions/scalar/json_document.h"

#include <algorithm>
#include <cstdlib>

#include "functions/scalar/utf8.h"
#include "type/text.h"

namespace emery::functions {

namespace {

constexpr int kDepthMax = 1000;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

void AppendJsonString(std::string_view s, std::string* out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  out->push_back('"');
  for (const char c : s) {
    switch (c) {
      case '"':
        out->append("\\\"");
        break;
      case '\\':
        out->append("\\\\");
        break;
      case '\b':
        out->append("\\b");
        break;
      case '\f':
        out->append("\\f");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\t':
        out->append("\\t");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out->append("\\u00");
          out->push_back(kHex[c >> 4]);
          out->push_back(kHex[c & 15]);
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
}

void JsonDocument::SkipBlanks() {
  while (at_ < source_.size() && (source_[at_] == ' ' || source_[at_] == '\t' ||
                                  source_[at_] == '\n' || source_[at_] == '\r')) {
    ++at_;
  }
  if (syntax_.comments && source_.substr(at_, 2) == "/*") {
    const size_t end = source_.find("*/", at_ + 2);
    at_ = end == source_.npos ? source_.size() : end + 2;
    SkipBlanks();
  } else if (syntax_.comments && source_.substr(at_, 2) == "//") {
    at_ = std::min(source_.find('\n', at_), source_.size());
    SkipBlanks();
  }
}

JsonDocument::Outcome JsonDocument::Parse(std::string_view source) {
  source_ = source;
  at_ = 0;
  nodes_.clear();
  arena_.clear();
  SkipBlanks();
  if (at_ >= source_.size()) {
    return Outcome::kEmpty;
  }
  nodes_.emplace_back();
  return ParseValue(0, 0) ? Outcome::kValue : Outcome::kMalformed;
}

bool JsonDocument::at_end() const {
  return source_.find_first_not_of(" \t\r\n", at_) == std::string_view::npos;
}

bool JsonDocument::ParseString(char quote, uint32_t* begin, uint32_t* size) {
  *begin = static_cast<uint32_t>(arena_.size());
  ++at_;
  while (true) {
    const size_t start = at_;
    const auto forbidden = [&](char c) {
      return static_cast<unsigned char>(c) < 0x20 && !syntax_.control_characters;
    };
    while (at_ < source_.size() && source_[at_] != quote && source_[at_] != '\\' &&
           !forbidden(source_[at_])) {
      ++at_;
    }
    arena_.append(source_, start, at_ - start);
    if (at_ >= source_.size() || forbidden(source_[at_])) {
      return false;
    }
    if (source_[at_] == quote) {
      ++at_;
      *size = static_cast<uint32_t>(arena_.size()) - *begin;
      return true;
    }
    if (++at_ >= source_.size()) {
      return false;
    }
    switch (source_[at_]) {
      case 'b':
        arena_.push_back('\b');
        break;
      case 'f':
        arena_.push_back('\f');
        break;
      case 'n':
        arena_.push_back('\n');
        break;
      case 'r':
        arena_.push_back('\r');
        break;
      case 't':
        arena_.push_back('\t');
        break;
      case '"':
      case '\\':
      case '/':
      case '\'':
        arena_.push_back(source_[at_]);
        break;
      case 'u': {
        const auto unit = [&](size_t from, uint32_t* value) {
          if (from + 4 > source_.size()) {
            return false;
          }
          *value = 0;
          for (size_t k = 0; k < 4; ++k) {
            const char c = source_[from + k];
            const int digit = IsDigit(c)             ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) {
              return false;
            }
            *value = *value << 4 | static_cast<uint32_t>(digit);
          }
          return true;
        };
        uint32_t c;
        if (!unit(at_ + 1, &c)) {
          return false;
        }
        at_ += 4;
        uint32_t low;
        if (c >= 0xD800 && c < 0xDC00 && at_ + 2 < source_.size() && source_[at_ + 1] == '\\' &&
            source_[at_ + 2] == 'u' && unit(at_ + 3, &low) && low >= 0xDC00 && low < 0xE000) {
          c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
          at_ += 6;
        }
        AppendUtf8(c >= 0xD800 && c < 0xE000 ? '?' : c, &arena_);
        break;
      }
      default:
        if (!syntax_.escape_any) {
          return false;
        }
        arena_.push_back(source_[at_]);
    }
    ++at_;
  }
}

bool JsonDocument::ParseUnquotedName(uint32_t* begin, uint32_t* size) {
  const size_t start = at_;
  const auto part = [](unsigned char c) {
    return c >= 0x80 || IsDigit(static_cast<char>(c)) || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '-' || c == '#' || c == '@' ||
           c == '*' || c == '+';
  };
  while (at_ < source_.size() && part(static_cast<unsigned char>(source_[at_]))) {
    ++at_;
  }
  *begin = static_cast<uint32_t>(arena_.size());
  *size = static_cast<uint32_t>(at_ - start);
  arena_.append(source_, start, at_ - start);
  return at_ > start;
}

bool JsonDocument::ParseValue(int32_t self, int depth) {
  SkipBlanks();
  if (at_ >= source_.size() || depth > kDepthMax) {
    return false;
  }
  nodes_[self].raw_begin = static_cast<uint32_t>(at_);
  const char c = source_[at_];
  const auto finish = [&](Kind kind) {
    nodes_[self].kind = kind;
    nodes_[self].raw_end = static_cast<uint32_t>(at_);
    return true;
  };
  const auto word = [&](std::string_view w, Kind kind) {
    if (source_.substr(at_, w.size()) != w) {
      return false;
    }
    at_ += w.size();
    return finish(kind);
  };
  if (c == '{' || c == '[') {
    const char close = c == '{' ? '}' : ']';
    ++at_;
    int32_t last = -1;
    SkipBlanks();
    if (at_ < source_.size() && source_[at_] == close) {
      ++at_;
      return finish(c == '{' ? Kind::kObject : Kind::kArray);
    }
    while (true) {
      SkipBlanks();
      const auto child = static_cast<int32_t>(nodes_.size());
      nodes_.emplace_back();
      if (c == '{') {
        if (at_ >= source_.size()) {
          return false;
        }
        uint32_t begin;
        uint32_t size;
        const char open = source_[at_];
        const bool quoted = open == '"' || (open == '\'' && syntax_.single_quotes);
        if (quoted ? !ParseString(open, &begin, &size)
                   : !syntax_.unquoted_names || !ParseUnquotedName(&begin, &size)) {
          return false;
        }
        nodes_[child].key_begin = begin;
        nodes_[child].key_size = size;
        SkipBlanks();
        if (at_ >= source_.size() || source_[at_] != ':') {
          return false;
        }
        ++at_;
      }
      if (!ParseValue(child, depth + 1)) {
        return false;
      }
      if (last < 0) {
        nodes_[self].first_child = child;
      } else {
        nodes_[last].next = child;
      }
      last = child;
      SkipBlanks();
      if (at_ >= source_.size()) {
        return false;
      }
      if (source_[at_] == ',') {
        ++at_;
        continue;
      }
      if (source_[at_] != close) {
        return false;
      }
      ++at_;
      return finish(c == '{' ? Kind::kObject : Kind::kArray);
    }
  }
  if (c == '"' || (c == '\'' && syntax_.single_quotes)) {
    uint32_t begin;
    uint32_t size;
    if (!ParseString(c, &begin, &size)) {
      return false;
    }
    nodes_[self].text_begin = begin;
    nodes_[self].text_size = size;
    return finish(Kind::kString);
  }
  if (c == 't') {
    return word("true", Kind::kTrue);
  }
  if (c == 'f') {
    return word("false", Kind::kFalse);
  }
  if (c == 'n') {
    return word("null", Kind::kNull);
  }
  for (const std::string_view special :
       {"NaN", "Infinity", "+Infinity", "-Infinity", "+INF", "-INF", "INF"}) {
    if (syntax_.non_numbers && source_.substr(at_, special.size()) == special) {
      at_ += special.size();
      return finish(Kind::kFraction);
    }
  }
  const size_t start = at_;
  size_t p = at_;
  if (source_[p] == '-') {
    ++p;
  }
  const size_t digits = p;
  while (p < source_.size() && IsDigit(source_[p])) {
    ++p;
  }
  if (p == digits || (source_[digits] == '0' && p - digits > 1 && !syntax_.leading_zeros)) {
    return false;
  }
  bool fraction = false;
  if (p < source_.size() && source_[p] == '.') {
    fraction = true;
    const size_t behind = ++p;
    while (p < source_.size() && IsDigit(source_[p])) {
      ++p;
    }
    if (p == behind) {
      return false;
    }
  }
  if (p < source_.size() && (source_[p] == 'e' || source_[p] == 'E')) {
    fraction = true;
    ++p;
    if (p < source_.size() && (source_[p] == '+' || source_[p] == '-')) {
      ++p;
    }
    const size_t behind = p;
    while (p < source_.size() && IsDigit(source_[p])) {
      ++p;
    }
    if (p == behind) {
      return false;
    }
  }
  if (p < source_.size() &&
      std::string_view(" \t\r\n,]}").find(source_[p]) == std::string_view::npos) {
    return false;
  }
  (void)start;
  at_ = p;
  return finish(fraction ? Kind::kFraction : Kind::kInteger);
}

int32_t JsonDocument::Find(const Node& object, std::string_view name) const {
  for (int32_t i = object.first_child; i >= 0; i = nodes_[i].next) {
    if (key(nodes_[i]) == name) {
      return i;
    }
  }
  return -1;
}

void JsonDocument::Write(const Node& n, std::string* out) const {
  switch (n.kind) {
    case Kind::kNull:
      out->append("null");
      return;
    case Kind::kFalse:
      out->append("false");
      return;
    case Kind::kTrue:
      out->append("true");
      return;
    case Kind::kInteger:
      out->append(raw(n));
      return;
    case Kind::kFraction: {
      const std::string text(raw(n));
      if (!IsDigit(text.back())) {
        out->append("\"" + text + "\"");
      } else {
        out->append(type::FormatDouble(std::strtod(text.c_str(), nullptr)));
      }
      return;
    }
    case Kind::kString:
      AppendJsonString(text(n), out);
      return;
    case Kind::kArray:
    case Kind::kObject: {
      const bool object = n.kind == Kind::kObject;
      out->push_back(object ? '{' : '[');
      for (int32_t i = n.first_child; i >= 0; i = nodes_[i].next) {
        if (i != n.first_child) {
          out->push_back(',');
        }
        if (object) {
          AppendJsonString(key(nodes_[i]), out);
          out->push_back(':');
        }
        Write(nodes_[i], out);
      }
      out->push_back(object ? '}' : ']');
    }
  }
}

}  // namespace emery::functions
