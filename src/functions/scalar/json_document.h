#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace emery::functions {

/// What Jackson can be told to read beyond, or short of, its defaults.
struct JsonSyntax {
  bool single_quotes = true;
  bool non_numbers = true;          // NaN, Infinity …
  bool leading_zeros = false;       // 007
  bool comments = false;            // as in Java
  bool unquoted_names = false;      // {a: 1}
  bool escape_any = false;          // \x is x
  bool control_characters = false;  // line breaks and the like within strings
};

/// A parsed JSON text as a flat list of nodes. Reads what Jackson reads with Spark's defaults,
/// or as `syntax` says; only the first value of the text is read. Reused from text to text.
class JsonDocument {
 public:
  JsonDocument() = default;

  explicit JsonDocument(const JsonSyntax& syntax) : syntax_(syntax) {}

  enum class Kind : uint8_t { kNull, kFalse, kTrue, kInteger, kFraction, kString, kArray, kObject };

  struct Node {
    Kind kind = Kind::kNull;
    int32_t next = -1;         // sibling
    int32_t first_child = -1;  // array, object
    uint32_t raw_begin = 0;    // the value's place in the source
    uint32_t raw_end = 0;
    uint32_t text_begin = 0;  // strings: decoded, in the arena
    uint32_t text_size = 0;
    uint32_t key_begin = 0;  // members of objects: the name, in the arena
    uint32_t key_size = 0;
  };

  enum class Outcome { kValue, kEmpty, kMalformed };
  /// `source` must outlive the reading of nodes. kEmpty: nothing but white space.
  Outcome Parse(std::string_view source);

  const Node& root() const { return nodes_[0]; }

  const Node& node(int32_t i) const { return nodes_[i]; }

  std::string_view text(const Node& n) const {
    return std::string_view(arena_).substr(n.text_begin, n.text_size);
  }

  std::string_view key(const Node& n) const {
    return std::string_view(arena_).substr(n.key_begin, n.key_size);
  }

  std::string_view raw(const Node& n) const {
    return source_.substr(n.raw_begin, n.raw_end - n.raw_begin);
  }

  /// The child of that name (the first one), or -1.
  int32_t Find(const Node& object, std::string_view name) const;
  /// Nothing but white space behind the value.
  bool at_end() const;

  /// The value written as Jackson writes it: no white space, fractions as Java's doubles.
  void Write(const Node& n, std::string* out) const;

 private:
  bool ParseValue(int32_t self, int depth);
  bool ParseString(char quote, uint32_t* begin, uint32_t* size);
  bool ParseUnquotedName(uint32_t* begin, uint32_t* size);
  void SkipBlanks();
  JsonSyntax syntax_;
  std::string_view source_;
  size_t at_ = 0;
  std::vector<Node> nodes_;
  std::string arena_;
};

/// `s` in double quotes with JSON's escapes.
void AppendJsonString(std::string_view s, std::string* out);

}  // namespace emery::functions
