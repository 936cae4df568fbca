#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/analyzer.h"
#include "base/config.h"
#include "functions/context.h"
#include "plan/logical_plan.h"
#include "sql/parser.h"
#include "table/table.h"
#include "type/time_zone.h"

/// Tables that have a schema and a number of rows but no rows: what the tests of analyzer,
/// optimizer and planner ask their questions of.
namespace emery::analyzer {

class SampleTable final : public table::Table {
 public:
  SampleTable(std::string name, type::Schema schema, int64_t num_rows)
      : name_(std::move(name)), schema_(std::move(schema)), num_rows_(num_rows) {}

  const type::Schema& schema() const override { return schema_; }

  Result<table::Statistics> statistics() const override {
    table::Statistics statistics;
    statistics.num_rows = num_rows_;
    return statistics;
  }

  Result<table::ScanPlan> PlanScan(const table::ScanRequest& /*request*/) const override {
    return Status::NotImplemented("a table without rows");
  }

  std::string provider() const override { return "sample"; }

  std::string identity() const override { return name_; }

 private:
  std::string name_;
  type::Schema schema_;
  int64_t num_rows_;
};

/// emp(id, dept, name, pay) with 1,000 rows, dept(id, name) with 10, city(id, dept) with 100,000.
class SampleTables final : public RelationResolver {
 public:
  SampleTables() {
    Add("emp",
        {{"id", type::Int()},
         {"dept", type::Int()},
         {"name", type::String()},
         {"pay", type::Int()}},
        1000);
    Add("dept", {{"id", type::Int()}, {"name", type::String()}}, 10);
    Add("city", {{"id", type::Int()}, {"dept", type::Int()}}, 100'000);
  }

  Result<FoundRelation> FindRelation(const RelationRequest& request) override {
    const auto found = tables_.find(request.name.back());
    if (found == tables_.end()) {
      return base::UserError("TABLE_OR_VIEW_NOT_FOUND", request.name.back());
    }
    return FoundRelation{found->second, std::nullopt, {found->first}};
  }

  std::shared_ptr<const functions::QueryContext> context() const { return context_; }

  const base::Config& config() const { return *context_->config; }

  Result<plan::PlanPtr> Analyze(const std::string& text) {
    ARROW_ASSIGN_OR_RAISE(plan::PlanPtr parsed, sql::ParseStatement(text, {}));
    AnalyzerContext context;
    context.relations = this;
    context.query = context_;
    return Analyzer(std::move(context)).Analyze(parsed);
  }

  /// `text` with the ids behind '#' left out, which differ from run to run.
  static std::string WithoutIds(const std::string& text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '#') {
        out += text[i];
        continue;
      }
      while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') {
        ++i;
      }
    }
    return out;
  }

  /// The plan's text without ids, or the error's condition.
  static std::string Text(const Result<plan::PlanPtr>& plan) {
    return plan.ok() ? WithoutIds(plan::ToString(*plan)) : Condition(plan.status());
  }

  static std::string Condition(const Status& status) {
    const base::ErrorDetail* detail = base::GetErrorDetail(status);
    return detail == nullptr ? status.ToString() : detail->condition();
  }

 private:
  struct SampleColumn {
    const char* name;
    type::TypePtr type;
  };

  void Add(const std::string& name, const std::vector<SampleColumn>& columns, int64_t num_rows) {
    type::Schema schema;
    for (const SampleColumn& column : columns) {
      schema.push_back({column.name, column.type, true, -1, std::nullopt, std::nullopt});
    }
    tables_[name] = std::make_shared<SampleTable>(name, std::move(schema), num_rows);
  }

  static std::shared_ptr<const functions::QueryContext> MakeContext() {
    auto context = std::make_shared<functions::QueryContext>();
    context->time_zone = type::TimeZone::Utc();
    context->config = std::make_shared<const base::Config>();
    return context;
  }

  std::map<std::string, std::shared_ptr<const table::Table>> tables_;
  std::shared_ptr<const functions::QueryContext> context_ = MakeContext();
};

}  // namespace emery::analyzer
