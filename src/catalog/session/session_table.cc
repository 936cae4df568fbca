#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "catalog/errors.h"
#include "catalog/session/table_record_internal.h"

namespace emery::catalog::session {

namespace {

constexpr std::string_view kStatistics = "spark.sql.statistics.";

/// A format's table under the catalog's name, with what the catalog knows on top.
class SessionTable final : public table::Table {
 public:
  SessionTable(std::shared_ptr<const table::Table> rows, TableRecord record)
      : rows_(std::move(rows)), record_(std::move(record)) {}

  const type::Schema& schema() const override {
    return record_.schema.empty() ? rows_->schema() : record_.schema;
  }

  type::Schema metadata_columns() const override { return rows_->metadata_columns(); }

  Result<table::Statistics> statistics() const override {
    ARROW_ASSIGN_OR_RAISE(table::Statistics statistics, rows_->statistics());
    if (!statistics.num_rows) {
      const auto counted = record_.properties.find(std::string(kStatistics) + "numRows");
      if (counted != record_.properties.end()) {
        statistics.num_rows = std::strtoll(counted->second.c_str(), nullptr, 10);
      }
    }
    return statistics;
  }

  Result<table::ScanPlan> PlanScan(const table::ScanRequest& request) const override {
    return rows_->PlanScan(request);
  }

  Result<std::unique_ptr<table::WriteJob>> PlanWrite(
      const table::WriteRequest& request) const override {
    return rows_->PlanWrite(request);
  }

  std::string provider() const override { return record_.provider; }

  std::string location() const override { return record_.location; }

  std::vector<std::string> partition_columns() const override {
    return record_.schema.empty() ? rows_->partition_columns() : record_.partition_columns;
  }

  std::map<std::string, std::string> properties() const override { return record_.properties; }

  std::optional<std::string> comment() const override { return record_.comment; }

  table::TableDetails details() const override {
    table::TableDetails details;
    details.external = record_.external;
    details.created_us = record_.created_us;
    details.options = record_.options;
    details.bucket_columns = record_.bucket_columns;
    details.sort_columns = record_.sort_columns;
    details.num_buckets = record_.num_buckets;
    return details;
  }

  Result<std::vector<table::PartitionValues>> Partitions() const override {
    return ListPartitions(record_.location, partition_columns());
  }

  std::string identity() const override { return rows_->identity(); }

 private:
  const std::shared_ptr<const table::Table> rows_;
  const TableRecord record_;
};

}  // namespace

Result<std::shared_ptr<const table::Table>> OpenTable(const std::vector<std::string>& name,
                                                      const TableRecord& record,
                                                      const base::Config& config) {
  const PathTableMaker* maker = FindPathTableMaker(record.provider);
  if (maker == nullptr) {
    return base::UserError("DATA_SOURCE_NOT_FOUND",
                           "Failed to find the data source: " + record.provider +
                               ". Make sure the provider name is correct and the package is "
                               "properly registered and compatible with your Spark version.",
                           {{"provider", record.provider}});
  }
  PathTableRequest request;
  request.format = record.provider;
  request.paths = {record.location};
  request.options = record.options;
  request.options.erase("path");
  request.schema = record.schema;
  request.partition_columns = record.partition_columns;
  request.properties = record.properties;
  request.comment = record.comment;
  for (const std::string& part : name) {
    request.name += (request.name.empty() ? "" : ".") + part;
  }
  request.may_be_empty = true;
  request.config = std::make_shared<const base::Config>(config);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const table::Table> rows, (*maker)(request));
  return std::make_shared<SessionTable>(std::move(rows), record);
}

}  // namespace emery::catalog::session
