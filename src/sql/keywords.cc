#include "sql/keywords.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace emery::sql {

namespace {

enum KeywordClass : uint8_t { kFree, kReserved, kJoinWord, kReservedJoinWord };

struct Entry {
  std::string_view spelling;
  Keyword keyword;
  KeywordClass keyword_class;
};

constexpr Entry kEntries[] = {
#define EMERY_KEYWORD(enumerator, spelling, keyword_class) \
  {spelling, Keyword::enumerator, keyword_class},
#define EMERY_KEYWORD_SPELLING EMERY_KEYWORD
#include "sql/keywords.inc"
#undef EMERY_KEYWORD
#undef EMERY_KEYWORD_SPELLING
};

constexpr size_t kMaxLength = 24;

// Classes and spellings by enumerator; second spellings come later or earlier and must not win.
struct ByKeyword {
  std::array<const Entry*, 512> entries{};

  ByKeyword() {
    for (const Entry& entry : kEntries) {
      const Entry*& slot = entries[static_cast<size_t>(entry.keyword)];
      if (slot == nullptr || entry.spelling.size() > slot->spelling.size()) {
        slot = &entry;
      }
    }
    // REGEXP is longer than RLIKE, the name that messages use.
    for (const Entry& entry : kEntries) {
      if (entry.spelling == "RLIKE") {
        entries[static_cast<size_t>(entry.keyword)] = &entry;
      }
    }
  }
};

const Entry* EntryOf(Keyword keyword) {
  static const ByKeyword table;
  return table.entries[static_cast<size_t>(keyword)];
}

}  // namespace

Keyword FindKeyword(std::string_view word) {
  if (word.empty() || word.size() > kMaxLength) {
    return Keyword::kNone;
  }
  char upper[kMaxLength];
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    upper[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const std::string_view key(upper, word.size());
  const auto* entry =
      std::lower_bound(std::begin(kEntries), std::end(kEntries), key,
                       [](const Entry& e, std::string_view k) { return e.spelling < k; });
  return entry != std::end(kEntries) && entry->spelling == key ? entry->keyword : Keyword::kNone;
}

bool IsReserved(Keyword keyword) {
  const Entry* entry = EntryOf(keyword);
  return entry != nullptr &&
         (entry->keyword_class == kReserved || entry->keyword_class == kReservedJoinWord);
}

bool IsJoinWord(Keyword keyword) {
  const Entry* entry = EntryOf(keyword);
  return entry != nullptr &&
         (entry->keyword_class == kJoinWord || entry->keyword_class == kReservedJoinWord);
}

std::string_view Spelling(Keyword keyword) {
  const Entry* entry = EntryOf(keyword);
  return entry != nullptr ? entry->spelling : std::string_view();
}

}  // namespace emery::sql
