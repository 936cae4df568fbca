// Names of partitions in paths, as Iceberg's PartitionSpec.partitionToPath gives them.
#include <cstdio>

#include "table/iceberg/data_writer.h"
#include "table/iceberg/partition_text.h"
#include "table/iceberg/transform.h"

namespace emery::table::iceberg {

namespace {

/// application/x-www-form-urlencoded, as Java's URLEncoder does it.
std::string UrlEncode(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '*' || c == '_';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      char hex[4];
      std::snprintf(hex, sizeof(hex), "%%%02X", static_cast<unsigned char>(c));
      out += hex;
    }
  }
  return out;
}

}  // namespace

std::string PartitionPath(const PartitionSpec& spec, const type::Schema& schema,
                          const std::vector<type::Value>& values) {
  std::string path;
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const auto* source = FindField(schema, spec.fields[i].source_id);
    const type::Value value = i < values.size() ? values[i] : type::Value();
    const auto type =
        source == nullptr ? nullptr : ResultType(spec.fields[i].transform, source->type);
    path += (i == 0 ? "" : "/") + UrlEncode(spec.fields[i].name) + "=" +
            UrlEncode(type == nullptr ? "null"
                                      : PartitionValueText(spec.fields[i].transform, *type, value));
  }
  return path;
}

}  // namespace emery::table::iceberg
