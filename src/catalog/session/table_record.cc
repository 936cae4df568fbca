#include <filesystem>
#include <string>
#include <utility>

#include "nlohmann/json.hpp"

#include "catalog/session/schema_json_internal.h"
#include "catalog/session/table_record_internal.h"

namespace emery::catalog::session {

namespace {

using nlohmann::json;

/// nlohmann throws on documents that aren't what was expected; here that ends.
template <class F>
auto Guarded(F&& read) -> decltype(read()) {
  try {
    return read();
  } catch (const json::exception& error) {
    return base::InternalError(std::string("the catalog's file holds a broken document: ") +
                               error.what());
  }
}

template <class T>
void PutOptional(json* j, const char* key, const std::optional<T>& value) {
  if (value) {
    (*j)[key] = *value;
  }
}

std::optional<std::string> OptionalText(const json& j, const char* key) {
  return j.contains(key) ? std::optional(j[key].get<std::string>()) : std::nullopt;
}

}  // namespace

std::string ToDocument(const TableRecord& record) {
  json j = {{"schema", SchemaToJson(record.schema)},
            {"provider", record.provider},
            {"partitionColumns", record.partition_columns},
            {"location", record.location},
            {"options", record.options},
            {"properties", record.properties},
            {"external", record.external},
            {"createdUs", record.created_us}};
  PutOptional(&j, "comment", record.comment);
  if (record.num_buckets > 0) {
    j["buckets"] = {{"number", record.num_buckets},
                    {"columns", record.bucket_columns},
                    {"sortColumns", record.sort_columns}};
  }
  return j.dump();
}

Result<TableRecord> TableFromDocument(const std::string& document) {
  return Guarded([&]() -> Result<TableRecord> {
    const json j = json::parse(document);
    TableRecord record;
    ARROW_ASSIGN_OR_RAISE(record.schema, SchemaFromJson(j.at("schema")));
    record.provider = j.at("provider");
    record.partition_columns = j.at("partitionColumns").get<std::vector<std::string>>();
    record.location = j.at("location");
    record.options = j.at("options").get<std::map<std::string, std::string>>();
    record.properties = j.at("properties").get<std::map<std::string, std::string>>();
    record.comment = OptionalText(j, "comment");
    record.external = j.at("external");
    record.created_us = j.at("createdUs");
    if (j.contains("buckets")) {
      record.num_buckets = j["buckets"].at("number");
      record.bucket_columns = j["buckets"].at("columns").get<std::vector<std::string>>();
      record.sort_columns = j["buckets"].at("sortColumns").get<std::vector<std::string>>();
    }
    return record;
  });
}

std::string ToDocument(const ViewDefinition& view) {
  json j = {{"text", view.text},
            {"schema", SchemaToJson(view.schema)},
            {"catalog", view.catalog},
            {"namespace", view.name_space},
            {"properties", view.properties},
            {"config", view.config},
            {"queryColumns", view.query_columns},
            {"createdUs", view.created_us}};
  PutOptional(&j, "comment", view.comment);
  return j.dump();
}

Result<ViewDefinition> ViewFromDocument(const std::string& document) {
  return Guarded([&]() -> Result<ViewDefinition> {
    const json j = json::parse(document);
    ViewDefinition view;
    view.text = j.at("text");
    ARROW_ASSIGN_OR_RAISE(view.schema, SchemaFromJson(j.at("schema")));
    view.catalog = j.at("catalog");
    view.name_space = j.at("namespace").get<std::vector<std::string>>();
    view.properties = j.at("properties").get<std::map<std::string, std::string>>();
    view.config = j.at("config").get<std::map<std::string, std::string>>();
    view.query_columns = j.at("queryColumns").get<std::vector<std::string>>();
    view.created_us = j.at("createdUs");
    view.comment = OptionalText(j, "comment");
    return view;
  });
}

std::string ToDocument(const NamespaceInfo& info) {
  return json(info.properties).dump();
}

Result<NamespaceInfo> NamespaceFromDocument(const std::string& document) {
  return Guarded([&]() -> Result<NamespaceInfo> {
    return NamespaceInfo{json::parse(document).get<std::map<std::string, std::string>>()};
  });
}

std::string CanonicalLocation(const std::string& location) {
  const size_t scheme = location.find(":/");
  if (scheme != std::string::npos && location.find('/') == scheme + 1) {
    if (location.compare(0, scheme, "file") != 0) {
      return location;
    }
    size_t start = scheme + 1;
    while (start + 1 < location.size() && location[start + 1] == '/') {
      ++start;
    }
    return "file:" + location.substr(start);
  }
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(location, error).lexically_normal();
  std::string text = error ? location : path.string();
  while (text.size() > 1 && text.back() == '/') {
    text.pop_back();
  }
  return "file:" + text;
}

}  // namespace emery::catalog::session
