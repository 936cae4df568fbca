#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "catalog/factory.h"
#include "session/cache_internal.h"
#include "session/relation_finder_internal.h"
#include "table/iceberg/selectors.h"

namespace emery::session {

namespace {

constexpr const char* kGlobalTemp = "global_temp";

bool IsMissing(const Status& status) {
  const base::ErrorDetail* detail = base::GetErrorDetail(status);
  return detail != nullptr && (detail->condition() == "TABLE_OR_VIEW_NOT_FOUND" ||
                               detail->condition() == "SCHEMA_NOT_FOUND");
}

/// Formats whose rows Spark reads straight from a path, though nothing here does yet.
bool IsKnownFormat(const std::string& format) {
  static const char* const kFormats[] = {"parquet", "csv", "json",    "orc",  "text",
                                         "avro",    "xml", "iceberg", "delta"};
  return std::find(std::begin(kFormats), std::end(kFormats), format) != std::end(kFormats);
}

}  // namespace

std::string NameKey(const std::vector<std::string>& name) {
  return LowerCase(base::QuoteName(name));
}

analyzer::FoundRelation RelationFinder::OfTemporaryView(const std::string& name,
                                                        const TemporaryView& view) const {
  analyzer::FoundRelation found;
  found.name = {name};
  if (view.table != nullptr) {
    found.table = view.table;
    return found;
  }
  analyzer::ViewQuery query;
  query.text = view.text;
  query.plan = view.query;
  query.schema = view.schema;
  query.origin = analyzer::NameOrigin{view.catalog, view.name_space};
  query.config = view.config;
  found.view = std::move(query);
  return found;
}

std::shared_ptr<const table::Table> RelationFinder::CachedFor(const std::string& key) {
  return use_cache_ ? FindCached(state_, key) : nullptr;
}

Result<analyzer::FoundRelation> RelationFinder::FindRelation(
    const analyzer::RelationRequest& request) {
  const std::vector<std::string>& name = request.name;
  const bool travels = request.version.has_value() || request.timestamp_us.has_value();
  std::shared_ptr<const TemporaryView> temporary;
  if (name.size() == 1) {
    temporary = state_->FindTemporaryView(name[0]);
  } else if (name.size() == 2 && LowerCase(name[0]) == kGlobalTemp) {
    temporary = GlobalTemporaryViews::Instance().Find(name[1]);
  }
  if (temporary != nullptr) {
    temporary_views_used_.push_back(name.back());
    if (const auto cached = CachedFor(NameKey(name))) {
      analyzer::FoundRelation found;
      found.table = cached;
      found.name = {name.back()};
      return found;
    }
    return OfTemporaryView(name.back(), *temporary);
  }
  Result<analyzer::FoundRelation> found = FindInCatalogs(request);
  if (!found.ok() && IsMissing(found.status())) {
    if (name.size() == 2 && (!travels || LowerCase(name[0]) == "iceberg")) {
      return FindFiles(request, catalog::TableNotFound(name));
    }
    return catalog::TableNotFound(name);
  }
  return found;
}

Result<analyzer::FoundRelation> RelationFinder::FindInCatalogs(
    const analyzer::RelationRequest& request) {
  Result<catalog::LocatedName> located =
      request.origin != nullptr ? state_->catalogs.Locate(request.name, request.origin->catalog,
                                                          request.origin->name_space)
                                : state_->catalogs.Locate(request.name);
  ARROW_RETURN_NOT_OK(located.status());
  analyzer::FoundRelation found;
  found.name = located->parts();
  const std::string key = NameKey(found.name);
  const bool travels = request.version.has_value() || request.timestamp_us.has_value();
  const bool plain = !travels && request.options.empty();
  if (plain) {
    if (const auto known = tables_.find(key); known != tables_.end()) {
      found.table = known->second;
      return found;
    }
    if (auto cached = CachedFor(key)) {
      found.table = std::move(cached);
      tables_[key] = found.table;
      return found;
    }
  }
  Result<std::shared_ptr<const table::Table>> table =
      located->catalog->LoadTable(located->id, {request.version, request.timestamp_us});
  if (table.ok()) {
    ARROW_ASSIGN_OR_RAISE(found.table, table::iceberg::WithReadOptions(*table, request.options));
    if (plain) {
      tables_[key] = found.table;
      tables_read_[key] = found.table->identity();
    }
    return found;
  }
  if (!IsMissing(table.status())) {
    return table.status();
  }
  ARROW_ASSIGN_OR_RAISE(found.table, FindSelected(request));
  if (found.table != nullptr) {
    return found;
  }
  Result<catalog::ViewDefinition> view = located->catalog->LoadView(located->id);
  if (!view.ok()) {
    return view.status().IsNotImplemented() ? table.status() : view.status();
  }
  views_used_.push_back(found.name);
  analyzer::ViewQuery query;
  query.text = std::move(view->text);
  query.schema = std::move(view->schema);
  query.origin = analyzer::NameOrigin{view->catalog, view->name_space};
  query.config = std::move(view->config);
  found.view = std::move(query);
  return found;
}

Result<std::shared_ptr<const table::Table>> RelationFinder::FindSelected(
    const analyzer::RelationRequest& request) {
  if (request.name.size() < 2) {
    return nullptr;
  }
  const std::vector<std::string> owner(request.name.begin(), request.name.end() - 1);
  const Result<catalog::LocatedName> located =
      request.origin != nullptr
          ? state_->catalogs.Locate(owner, request.origin->catalog, request.origin->name_space)
          : state_->catalogs.Locate(owner);
  ARROW_RETURN_NOT_OK(located.status());
  const auto table = located->catalog->LoadTable(located->id, {});
  if (!table.ok()) {
    return nullptr;  // what is missing is the name as a whole
  }
  ARROW_ASSIGN_OR_RAISE(auto selected,
                        table::iceberg::OpenSelected(*table, request.name.back(),
                                                     {request.version, request.timestamp_us}));
  return table::iceberg::WithReadOptions(selected, request.options);
}

Result<analyzer::FoundRelation> RelationFinder::FindFiles(const analyzer::RelationRequest& request,
                                                          const Status& otherwise) {
  const std::string format = LowerCase(request.name[0]);
  const catalog::PathTableMaker* maker = catalog::FindPathTableMaker(format);
  if (maker == nullptr) {
    return IsKnownFormat(format)
               ? base::Unsupported("reading files of format " + format + " by their path")
               : otherwise;
  }
  const std::string key = NameKey({"path", request.name[0]}) + request.name[1];
  analyzer::FoundRelation found;
  found.name = {format, request.name[1]};
  const bool plain = request.options.empty() && !request.version && !request.timestamp_us;
  if (const auto known = tables_.find(key); plain && known != tables_.end()) {
    found.table = known->second;
    return found;
  }
  catalog::PathTableRequest files;
  files.format = format;
  files.paths = {request.name[1]};
  files.options = request.options;
  files.name = format + "." + base::QuoteIdentifier(request.name[1]);
  files.config = config_;
  files.version = {request.version, request.timestamp_us};
  ARROW_ASSIGN_OR_RAISE(found.table, (*maker)(files));
  ARROW_ASSIGN_OR_RAISE(found.table, table::iceberg::WithReadOptions(found.table, request.options));
  if (plain) {
    tables_[key] = found.table;
  }
  return found;
}

}  // namespace emery::session
