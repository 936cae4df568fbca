#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "table/iceberg/column_metrics_internal.h"
#include "table/iceberg/transform.h"

namespace emery::table::iceberg {

namespace {

MetricsMode ParseMode(const std::string& text, MetricsMode fallback) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "none") {
    return {MetricsMode::Kind::kNone, 0};
  }
  if (lower == "counts") {
    return {MetricsMode::Kind::kCounts, 0};
  }
  if (lower == "full") {
    return {MetricsMode::Kind::kFull, 0};
  }
  if (lower.rfind("truncate(", 0) == 0) {
    int32_t length = 0;
    std::from_chars(lower.data() + 9, lower.data() + lower.size(), length);
    if (length > 0) {
      return {MetricsMode::Kind::kTruncate, length};
    }
  }
  return fallback;
}

void CollectModes(const type::Schema& fields, const std::string& prefix,
                  const TableMetadata& metadata, MetricsMode fallback, int64_t limit,
                  int64_t* leaves, std::map<int32_t, MetricsMode>* modes) {
  for (const auto& field : fields) {
    const std::string name = prefix + field.name;
    if (field.type->is_nested()) {
      CollectModes(field.type->fields(), name + ".", metadata, fallback, limit, leaves, modes);
      continue;
    }
    const MetricsMode inferred =
        (*leaves)++ < limit ? fallback : MetricsMode{MetricsMode::Kind::kNone, 0};
    const auto own = metadata.properties.find("write.metadata.metrics.column." + name);
    (*modes)[field.field_id] =
        own == metadata.properties.end() ? inferred : ParseMode(own->second, inferred);
  }
}

/// End of the first `count` code points (text) or bytes.
size_t PrefixEnd(const std::string& value, int32_t count, bool text) {
  if (!text) {
    return std::min(value.size(), static_cast<size_t>(count));
  }
  size_t at = 0;
  while (at < value.size() && count-- > 0) {
    ++at;
    while (at < value.size() && (static_cast<uint8_t>(value[at]) & 0xc0) == 0x80) {
      ++at;
    }
  }
  return at;
}

std::string EncodeUtf8(uint32_t c) {
  std::string out;
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
  return out;
}

/// The least short value that is not below any value with this prefix; nothing where there is none.
std::optional<std::string> Successor(std::string prefix, bool text) {
  while (!prefix.empty()) {
    if (!text) {
      if (static_cast<uint8_t>(prefix.back()) != 0xff) {
        prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
        return prefix;
      }
      prefix.pop_back();
      continue;
    }
    size_t start = prefix.size() - 1;
    while (start > 0 && (static_cast<uint8_t>(prefix[start]) & 0xc0) == 0x80) {
      --start;
    }
    const auto lead = static_cast<uint8_t>(prefix[start]);
    uint32_t c = lead < 0x80   ? lead
                 : lead < 0xe0 ? lead & 0x1f
                 : lead < 0xf0 ? lead & 0x0f
                               : lead & 7;
    for (size_t i = start + 1; i < prefix.size(); ++i) {
      c = c << 6 | (static_cast<uint8_t>(prefix[i]) & 0x3f);
    }
    prefix.resize(start);
    ++c;
    if (c >= 0xd800 && c < 0xe000) {
      c = 0xe000;  // no characters between
    }
    if (c <= 0x10ffff) {
      return prefix + EncodeUtf8(c);
    }
  }
  return std::nullopt;
}

/// A value in Parquet's plain encoding as Iceberg's single-value serialization.
std::string ToSingleValue(const type::DataType& type, const std::string& plain) {
  if (!type.is_decimal()) {
    return plain;
  }
  type::int128_t value = 0;
  if (type.precision() <= 9 && plain.size() == 4) {
    int32_t v = 0;
    std::memcpy(&v, plain.data(), 4);
    value = v;
  } else if (type.precision() <= 18 && plain.size() == 8) {
    int64_t v = 0;
    std::memcpy(&v, plain.data(), 8);
    value = v;
  } else {
    value = !plain.empty() && (plain[0] & 0x80) != 0 ? -1 : 0;
    for (const char c : plain) {
      value = static_cast<type::int128_t>((static_cast<unsigned __int128>(value) << 8) |
                                          static_cast<uint8_t>(c));
    }
  }
  return BigEndianBytes(value);
}

}  // namespace

std::map<int32_t, MetricsMode> MetricsModes(const TableMetadata& metadata,
                                            const type::Schema& schema) {
  std::map<int32_t, MetricsMode> modes;
  const auto set = metadata.properties.find("write.metadata.metrics.default");
  const MetricsMode fallback =
      set == metadata.properties.end() ? MetricsMode{} : ParseMode(set->second, MetricsMode{});
  const int64_t limit =
      set != metadata.properties.end()
          ? INT64_MAX
          : metadata.PropertyInt("write.metadata.metrics.max-inferred-column-defaults", 100);
  int64_t leaves = 0;
  CollectModes(schema, "", metadata, fallback, limit, &leaves, &modes);
  if (const auto* order = metadata.FindSortOrder(metadata.default_sort_order_id)) {
    for (const auto& field : order->fields) {
      const auto mode = modes.find(field.source_id);
      if (mode != modes.end() && mode->second.kind < MetricsMode::Kind::kTruncate) {
        mode->second = MetricsMode{};  // readers of sorted tables live off these bounds
      }
    }
  }
  return modes;
}

void SetMetrics(const format::parquet::ParquetFileMetrics& metrics,
                const std::map<int32_t, MetricsMode>& modes,
                const std::map<int32_t, int64_t>& nan_counts, DataFile* file) {
  file->split_offsets = metrics.split_offsets;
  for (const auto& leaf : metrics.leaves) {
    if (leaf.field_id < 0) {
      continue;
    }
    file->column_sizes[leaf.field_id] = leaf.compressed_bytes;
    const auto found = modes.find(leaf.field_id);
    const MetricsMode mode = found == modes.end() ? MetricsMode{} : found->second;
    if (mode.kind == MetricsMode::Kind::kNone) {
      continue;
    }
    file->value_counts[leaf.field_id] = leaf.num_values;
    if (leaf.null_count) {
      file->null_value_counts[leaf.field_id] = *leaf.null_count;
    }
    const auto nans = nan_counts.find(leaf.field_id);
    if (nans != nan_counts.end()) {
      file->nan_value_counts[leaf.field_id] = nans->second;
    }
    if (mode.kind == MetricsMode::Kind::kCounts || leaf.repeated || !leaf.min || !leaf.max) {
      continue;
    }
    std::string min = ToSingleValue(*leaf.type, *leaf.min);
    std::string max = ToSingleValue(*leaf.type, *leaf.max);
    if (leaf.type->physical() == type::PhysicalType::kString &&
        mode.kind == MetricsMode::Kind::kTruncate) {
      const bool text = leaf.type->is_string();
      min.resize(PrefixEnd(min, mode.length, text));
      const size_t end = PrefixEnd(max, mode.length, text);
      if (end < max.size()) {
        const auto successor = Successor(max.substr(0, end), text);
        if (successor) {
          file->upper_bounds[leaf.field_id] = *successor;
        }
        file->lower_bounds[leaf.field_id] = std::move(min);
        continue;
      }
    }
    file->lower_bounds[leaf.field_id] = std::move(min);
    file->upper_bounds[leaf.field_id] = std::move(max);
  }
}

}  // namespace emery::table::iceberg
