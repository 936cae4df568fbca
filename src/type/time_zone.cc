// Time zones from the system's database of compiled rules (TZif, RFC 8536).

#include "type/time_zone.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "type/calendar.h"

namespace emery::type {

namespace {

/// The Gregorian calendar repeats every 400 years, weekdays included, and so do rules without an
/// end.
constexpr int64_t kCycleSeconds = int64_t{146097} * 86400;
constexpr int kLastExpandedYear = 2500;

struct LocalType {
  int32_t offset = 0;
  std::string name;
};

/// Positions of a sorted list found by buckets of equal width, as clock changes are spread evenly
/// enough.
class BucketIndex {
 public:
  void Build(const std::vector<int64_t>& keys) {
    first_ = keys.empty() ? 0 : std::max<int64_t>(keys.front(), kFloor);
    const int64_t last = keys.empty() ? 0 : keys.back();
    const size_t count = static_cast<size_t>((std::max(last, first_) - first_) >> kShift) + 1;
    starts_.resize(count + 1);
    size_t position = 0;
    for (size_t i = 0; i <= count; ++i) {
      const int64_t begin = first_ + (static_cast<int64_t>(i) << kShift);
      while (position < keys.size() && keys[position] <= begin) {
        ++position;
      }
      starts_[i] = static_cast<int32_t>(position);
    }
  }

  /// The number of keys <= key.
  size_t CountUpTo(const std::vector<int64_t>& keys, int64_t key) const {
    if (keys.empty() || key < first_) {
      return static_cast<size_t>(std::upper_bound(keys.begin(), keys.end(), key) - keys.begin());
    }
    const auto bucket = static_cast<uint64_t>(key - first_) >> kShift;
    if (bucket >= starts_.size()) {
      return keys.size();
    }
    auto position = static_cast<size_t>(starts_[bucket]);
    while (position < keys.size() && keys[position] <= key) {
      ++position;
    }
    return position;
  }

 private:
  static constexpr int kShift = 23;  // 97 days
  static constexpr int64_t kFloor = -int64_t{1} << 32;
  int64_t first_ = 0;
  std::vector<int32_t> starts_;
};

}  // namespace

struct TimeZone::Rules {
  // changes[i] (seconds, UTC) is where types[i + 1] begins; types[0] holds before the first.
  std::vector<int64_t> changes;
  std::vector<LocalType> types;
  // Local readings from which types[i + 1] is used: behind the gap or the overlap of change i.
  std::vector<int64_t> local_changes;
  BucketIndex index;
  BucketIndex local_index;
  int64_t cycle_begin =
      std::numeric_limits<int64_t>::max();  // from here on, map back by whole cycles

  void Finish() {
    for (size_t i = 0; i < changes.size(); ++i) {
      local_changes.push_back(changes[i] + std::max(types[i].offset, types[i + 1].offset));
    }
    index.Build(changes);
    local_index.Build(local_changes);
  }

  int64_t Fold(int64_t seconds) const {
    return seconds < cycle_begin
               ? seconds
               : seconds - ((seconds - cycle_begin) / kCycleSeconds + 1) * kCycleSeconds;
  }

  const LocalType& At(int64_t seconds) const {
    return types[index.CountUpTo(changes, Fold(seconds))];
  }

  const LocalType& AtLocal(int64_t seconds) const {
    return types[local_index.CountUpTo(local_changes, Fold(seconds))];
  }
};

namespace {

/// A rule of a POSIX TZ string: when in the year the clock changes, in local seconds of the day.
struct YearlyRule {
  enum class Kind { kMonthWeekDay, kJulianNoLeap, kDayOfYear } kind = Kind::kMonthWeekDay;
  int month = 0;
  int week = 0;
  int day = 0;
  int64_t time = 7200;

  /// Local seconds since the epoch.
  int64_t InYear(int64_t year) const {
    int64_t days = 0;
    switch (kind) {
      case Kind::kMonthWeekDay: {
        const int64_t first = DaysFromCivil(year, month, 1);
        const int64_t weekday_of_first = DayOfWeek(first) - 1;
        days = first + FloorMod(day - weekday_of_first, 7) + (week - 1) * 7;
        while (days >= first + DaysInMonth(year, month)) {
          days -= 7;
        }
        break;
      }
      case Kind::kJulianNoLeap:
        days = DaysFromCivil(year, 1, 1) + day - 1 + (IsLeapYear(year) && day >= 60 ? 1 : 0);
        break;
      case Kind::kDayOfYear:
        days = DaysFromCivil(year, 1, 1) + day;
        break;
    }
    return days * 86400 + time;
  }
};

struct PosixRule {
  LocalType standard;
  std::optional<LocalType> summer;
  YearlyRule begin;
  YearlyRule end;
};

/// Reads "PST8PDT,M3.2.0,M11.1.0" and the like (POSIX.1 TZ, with RFC 8536's hours up to 167).
class PosixParser {
 public:
  explicit PosixParser(std::string_view text) : text_(text) {}

  std::optional<PosixRule> Parse() {
    PosixRule rule;
    if (!Name(&rule.standard.name) || !Offset(&rule.standard.offset)) {
      return std::nullopt;
    }
    if (Done()) {
      return rule;
    }
    LocalType summer;
    if (!Name(&summer.name)) {
      return std::nullopt;
    }
    summer.offset = rule.standard.offset + 3600;
    if (!Done() && Peek() != ',' && !Offset(&summer.offset)) {
      return std::nullopt;
    }
    if (!Rule(&rule.begin) || !Rule(&rule.end)) {
      return std::nullopt;
    }
    rule.summer = summer;
    return rule;
  }

 private:
  bool Done() const { return at_ >= text_.size(); }

  char Peek() const { return Done() ? '\0' : text_[at_]; }

  bool Take(char c) {
    if (Peek() != c) {
      return false;
    }
    ++at_;
    return true;
  }

  bool Name(std::string* name) {
    if (Take('<')) {
      while (!Done() && Peek() != '>') {
        *name += text_[at_++];
      }
      return Take('>');
    }
    while (std::isalpha(static_cast<unsigned char>(Peek())) != 0) {
      *name += text_[at_++];
    }
    return !name->empty();
  }

  bool Number(int64_t* value) {
    const size_t begin = at_;
    *value = 0;
    while (std::isdigit(static_cast<unsigned char>(Peek())) != 0 && at_ - begin < 6) {
      *value = *value * 10 + (text_[at_++] - '0');
    }
    return at_ > begin;
  }

  bool Time(int64_t* seconds) {
    int64_t sign = 1;
    if (Take('-')) {
      sign = -1;
    } else {
      Take('+');
    }
    int64_t part = 0;
    if (!Number(&part)) {
      return false;
    }
    *seconds = part * 3600;
    for (int64_t unit : {int64_t{60}, int64_t{1}}) {
      if (Take(':')) {
        if (!Number(&part)) {
          return false;
        }
        *seconds += part * unit;
      }
    }
    *seconds *= sign;
    return true;
  }

  bool Offset(int32_t* offset) {
    int64_t west = 0;
    if (!Time(&west)) {
      return false;
    }
    *offset = static_cast<int32_t>(-west);
    return true;
  }

  bool Rule(YearlyRule* rule) {
    if (!Take(',')) {
      return false;
    }
    int64_t number = 0;
    if (Take('M')) {
      int64_t week = 0;
      int64_t day = 0;
      if (!Number(&number) || !Take('.') || !Number(&week) || !Take('.') || !Number(&day)) {
        return false;
      }
      if (number < 1 || number > 12) {
        return false;
      }
      rule->month = static_cast<int>(number);
      rule->week = static_cast<int>(week);
      rule->day = static_cast<int>(day);
    } else {
      rule->kind = Take('J') ? YearlyRule::Kind::kJulianNoLeap : YearlyRule::Kind::kDayOfYear;
      if (!Number(&number)) {
        return false;
      }
      rule->day = static_cast<int>(number);
    }
    return !Take('/') || Time(&rule->time);
  }

  std::string_view text_;
  size_t at_ = 0;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  bool Has(size_t count) const { return bytes_.size() - at_ >= count; }

  void Skip(size_t count) { at_ += count; }

  size_t at() const { return at_; }

  std::string_view Rest() const { return bytes_.substr(at_); }

  uint8_t Byte() { return static_cast<uint8_t>(bytes_[at_++]); }

  int64_t BigEndian(int width) {
    uint64_t value = (bytes_[at_] & 0x80) != 0 ? ~uint64_t{0} : 0;
    for (int i = 0; i < width; ++i) {
      value = (value << 8) | Byte();
    }
    return static_cast<int64_t>(value);
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

struct Header {
  int64_t num_utc = 0;
  int64_t num_standard = 0;
  int64_t num_leaps = 0;
  int64_t num_changes = 0;
  int64_t num_types = 0;
  int64_t num_chars = 0;
};

std::optional<Header> ReadHeader(ByteReader* reader, int* version) {
  if (!reader->Has(44) || reader->Rest().substr(0, 4) != "TZif") {
    return std::nullopt;
  }
  reader->Skip(4);
  *version = reader->Byte();
  reader->Skip(15);
  Header header;
  for (int64_t* count : {&header.num_utc, &header.num_standard, &header.num_leaps,
                         &header.num_changes, &header.num_types, &header.num_chars}) {
    *count = reader->BigEndian(4);
    if (*count < 0 || *count > 100'000) {
      return std::nullopt;
    }
  }
  return header;
}

int64_t BodySize(const Header& h, int time_size) {
  return h.num_changes * (time_size + 1) + h.num_types * 6 + h.num_chars +
         h.num_leaps * (time_size + 4) + h.num_standard + h.num_utc;
}

std::shared_ptr<const TimeZone::Rules> ParseRules(std::string_view bytes) {
  ByteReader reader(bytes);
  int version = 0;
  std::optional<Header> header = ReadHeader(&reader, &version);
  if (!header || version < '2' || !reader.Has(static_cast<size_t>(BodySize(*header, 4)))) {
    return nullptr;
  }
  reader.Skip(static_cast<size_t>(BodySize(*header, 4)));
  header = ReadHeader(&reader, &version);
  if (!header || header->num_types == 0 || !reader.Has(static_cast<size_t>(BodySize(*header, 8)))) {
    return nullptr;
  }
  const std::string_view body = reader.Rest();
  auto rules = std::make_shared<TimeZone::Rules>();
  for (int64_t i = 0; i < header->num_changes; ++i) {
    rules->changes.push_back(reader.BigEndian(8));
  }
  std::vector<uint8_t> indexes;
  for (int64_t i = 0; i < header->num_changes; ++i) {
    indexes.push_back(reader.Byte());
  }
  const auto chars_at = static_cast<size_t>(header->num_changes * 9 + header->num_types * 6);
  const std::string_view chars = body.substr(chars_at, static_cast<size_t>(header->num_chars));
  std::vector<LocalType> types;
  for (int64_t i = 0; i < header->num_types; ++i) {
    LocalType type;
    type.offset = static_cast<int32_t>(reader.BigEndian(4));
    reader.Skip(1);
    const size_t name_at = reader.Byte();
    if (name_at < chars.size()) {
      const std::string_view rest = chars.substr(name_at);
      type.name = std::string(rest.substr(0, rest.find('\0')));
    }
    types.push_back(std::move(type));
  }
  rules->types.push_back(types[0]);
  for (uint8_t index : indexes) {
    if (index >= types.size()) {
      return nullptr;
    }
    rules->types.push_back(types[index]);
  }
  std::string_view footer = body.substr(static_cast<size_t>(BodySize(*header, 8)));
  if (footer.size() >= 2 && footer.front() == '\n') {
    footer.remove_prefix(1);
    footer = footer.substr(0, footer.find('\n'));
    const std::optional<PosixRule> posix = PosixParser(footer).Parse();
    if (posix && posix->summer) {
      const int64_t last = rules->changes.empty() ? 0 : rules->changes.back();
      const int first_year = CivilFromDays(FloorDiv(last, 86400)).year;
      for (int year = first_year; year <= kLastExpandedYear + 1; ++year) {
        const int64_t begin = posix->begin.InYear(year) - posix->standard.offset;
        const int64_t end = posix->end.InYear(year) - posix->summer->offset;
        const auto add = [&](int64_t at, const LocalType& type) {
          if (rules->changes.empty() || at > rules->changes.back()) {
            rules->changes.push_back(at);
            rules->types.push_back(type);
          }
        };
        if (begin < end) {
          add(begin, *posix->summer);
          add(end, posix->standard);
        } else {
          add(end, posix->standard);
          add(begin, *posix->summer);
        }
      }
      rules->cycle_begin = DaysFromCivil(kLastExpandedYear, 1, 1) * 86400;
    }
  }
  rules->Finish();
  return rules;
}

/// java.time.ZoneId.SHORT_IDS.
std::string_view ExpandShortId(std::string_view id) {
  static const std::map<std::string_view, std::string_view> kIds = {
      {"ACT", "Australia/Darwin"},
      {"AET", "Australia/Sydney"},
      {"AGT", "America/Argentina/Buenos_Aires"},
      {"ART", "Africa/Cairo"},
      {"AST", "America/Anchorage"},
      {"BET", "America/Sao_Paulo"},
      {"BST", "Asia/Dhaka"},
      {"CAT", "Africa/Harare"},
      {"CNT", "America/St_Johns"},
      {"CST", "America/Chicago"},
      {"CTT", "Asia/Shanghai"},
      {"EAT", "Africa/Addis_Ababa"},
      {"ECT", "Europe/Paris"},
      {"IET", "America/Indiana/Indianapolis"},
      {"IST", "Asia/Kolkata"},
      {"JST", "Asia/Tokyo"},
      {"MIT", "Pacific/Apia"},
      {"NET", "Asia/Yerevan"},
      {"NST", "Pacific/Auckland"},
      {"PLT", "Asia/Karachi"},
      {"PNT", "America/Phoenix"},
      {"PRT", "America/Puerto_Rico"},
      {"PST", "America/Los_Angeles"},
      {"SST", "Pacific/Guadalcanal"},
      {"VST", "Asia/Ho_Chi_Minh"},
      {"EST", "-05:00"},
      {"MST", "-07:00"},
      {"HST", "-10:00"}};
  const auto found = kIds.find(id);
  return found == kIds.end() ? id : found->second;
}

/// +h, +hh, +h:mm, +hh:m, +hhmm, +hh:mm[:ss], +hhmmss; within 18 hours.
std::optional<int32_t> ParseOffset(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) {
    return std::nullopt;
  }
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  int parts[3] = {0, 0, 0};
  const auto digits = [](std::string_view piece, int* value) {
    if (piece.empty() || piece.size() > 2) {
      return false;
    }
    *value = 0;
    for (char c : piece) {
      if (c < '0' || c > '9') {
        return false;
      }
      *value = *value * 10 + (c - '0');
    }
    return true;
  };
  if (text.find(':') != std::string_view::npos) {
    int count = 0;
    while (count < 3) {
      const size_t colon = text.find(':');
      if (!digits(text.substr(0, colon), &parts[count++])) {
        return std::nullopt;
      }
      if (colon == std::string_view::npos) {
        text = {};
        break;
      }
      text.remove_prefix(colon + 1);
    }
    if (!text.empty()) {
      return std::nullopt;
    }
  } else if (text.size() <= 2) {
    if (!digits(text, &parts[0])) {
      return std::nullopt;
    }
  } else if (text.size() == 4 || text.size() == 6) {
    for (size_t i = 0; i < text.size() / 2; ++i) {
      if (!digits(text.substr(i * 2, 2), &parts[i])) {
        return std::nullopt;
      }
    }
  } else {
    return std::nullopt;
  }
  const int32_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (parts[1] > 59 || parts[2] > 59 || seconds > 18 * 3600) {
    return std::nullopt;
  }
  return sign * seconds;
}

std::string FixedName(int32_t offset) {
  if (offset == 0) {
    return "Z";
  }
  const int32_t magnitude = std::abs(offset);
  const auto two = [](int32_t value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  std::string name =
      (offset < 0 ? "-" : "+") + two(magnitude / 3600) + ":" + two(magnitude / 60 % 60);
  return magnitude % 60 == 0 ? name : name + ":" + two(magnitude % 60);
}

std::shared_ptr<const TimeZone::Rules> LoadRules(std::string_view id) {
  // The id becomes a path: nothing but names of the database may pass.
  if (id.empty() || id.front() == '/' || id.find("..") != std::string_view::npos) {
    return nullptr;
  }
  for (char c : id) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '/' && c != '_' && c != '-' &&
        c != '+') {
      return nullptr;
    }
  }
  const char* directory = std::getenv("TZDIR");
  std::ifstream file(
      std::string(directory != nullptr ? directory : "/usr/share/zoneinfo") + "/" + std::string(id),
      std::ios::binary);
  if (!file) {
    return nullptr;
  }
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return ParseRules(bytes);
}

std::unique_ptr<const TimeZone> MakeZone(std::string_view id) {
  const std::string_view full = ExpandShortId(id);
  if (full == "Z" || full == "UTC" || full == "GMT" || full == "UT") {
    return std::make_unique<TimeZone>(std::string(id), 0);
  }
  std::string_view offset_text = full;
  for (std::string_view prefix :
       {std::string_view("UTC"), std::string_view("GMT"), std::string_view("UT")}) {
    if (full.size() > prefix.size() && full.starts_with(prefix) &&
        (full[prefix.size()] == '+' || full[prefix.size()] == '-')) {
      offset_text = full.substr(prefix.size());
      break;
    }
  }
  if (const std::optional<int32_t> offset = ParseOffset(offset_text)) {
    return std::make_unique<TimeZone>(std::string(id), *offset);
  }
  std::shared_ptr<const TimeZone::Rules> rules = LoadRules(full);
  if (rules == nullptr) {
    return nullptr;
  }
  return std::make_unique<TimeZone>(std::string(id), std::move(rules));
}

}  // namespace

TimeZone::TimeZone(std::string id, int32_t fixed_offset)
    : id_(std::move(id)), fixed_offset_(fixed_offset), fixed_name_(FixedName(fixed_offset)) {
  if (id_ == "UTC" || id_ == "GMT" || id_ == "UT") {
    fixed_name_ = id_;
  }
}

TimeZone::TimeZone(std::string id, std::shared_ptr<const Rules> rules)
    : id_(std::move(id)), rules_(std::move(rules)) {}

Result<const TimeZone*> TimeZone::Find(std::string_view id) {
  // Zones live until the process ends, so that plain pointers to them stay valid. The mutex guards
  // `zones`.
  static std::mutex mutex;
  static auto* zones = new std::map<std::string, std::unique_ptr<const TimeZone>, std::less<>>();
  {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = zones->find(id);
    if (found != zones->end()) {
      return found->second.get();
    }
  }
  std::unique_ptr<const TimeZone> zone = MakeZone(id);
  if (zone == nullptr) {
    return base::UserError(
        "INVALID_TIMEZONE",
        "The time zone '" + std::string(id) +
            "' is unknown. Use a region such as 'America/Los_Angeles', or an offset as '+02:00'.",
        {{"timeZone", std::string(id)}});
  }
  const std::lock_guard<std::mutex> lock(mutex);
  return zones->emplace(std::string(id), std::move(zone)).first->second.get();
}

const TimeZone* TimeZone::Utc() {
  static const TimeZone* utc = new TimeZone("UTC", 0);
  return utc;
}

int32_t TimeZone::RulesOffsetAt(int64_t utc_seconds) const {
  return rules_->At(utc_seconds).offset;
}

int64_t TimeZone::LocalToUtc(int64_t local_us) const {
  const int32_t offset =
      rules_ == nullptr ? fixed_offset_ : rules_->AtLocal(FloorSeconds(local_us)).offset;
  return static_cast<int64_t>(static_cast<uint64_t>(local_us) -
                              static_cast<uint64_t>(offset * int64_t{1'000'000}));
}

int32_t TimeZone::LocalDays(int64_t utc_us) const {
  return static_cast<int32_t>(FloorDiv(UtcToLocal(utc_us), kMicrosPerDay));
}

std::string_view TimeZone::AbbreviationAt(int64_t utc_seconds) const {
  return rules_ == nullptr ? std::string_view(fixed_name_)
                           : std::string_view(rules_->At(utc_seconds).name);
}

}  // namespace emery::type
