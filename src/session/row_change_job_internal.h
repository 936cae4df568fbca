#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "plan/command.h"
#include "table/table.h"

namespace emery::session {

/// How rows of a plan (target beside source) become rows of a row-level writer. Expressions are
/// over plan::Ordinal.
struct RowChangeShape {
  struct Clause {
    plan::MergeClauseKind kind;
    plan::MergeActionKind action;
    plan::ExpressionPtr condition;  // null: always
    plan::ExpressionList values;
  };

  std::vector<Clause> clauses;
  int target_marker = -1;      // a column that is null where there is no target row; -1: always one
  int source_marker = -1;      // true where there is a source row; -1: always one
  bool has_target = true;      // false: rows of the source only
  bool writes_copies = false;  // of target rows that no clause is for
  bool writes_deletes = false;  // else rows that go are just left out
  std::vector<int> row_ids;     // columns
  std::vector<int> carried;
  std::vector<int> fields;  // the target's, for copies; empty where there are none
  type::Schema row_id_fields;
  type::Schema carried_fields;
  type::Schema schema;  // the target's

  /// A target row may have one match only: by these columns.
  enum class Matches : uint8_t { kAny, kOne, kCopyOnce };
  Matches matches = Matches::kAny;
  int file = -1;
  int position = -1;
};

/// Stands before the write job of a row-level operation and applies a statement's clauses to each
/// batch: a row takes the first clause of its kind whose condition holds. Commit fails with
/// MERGE_CARDINALITY_VIOLATION where a target row matched twice.
class RowChangeJob final : public table::WriteJob {
 public:
  RowChangeJob(std::shared_ptr<const RowChangeShape> shape, std::shared_ptr<table::WriteJob> job,
               std::shared_ptr<const functions::QueryContext> context)
      : shape_(std::move(shape)), job_(std::move(job)), context_(std::move(context)) {}

  Result<std::unique_ptr<table::TaskWriter>> NewWriter() override;
  Status Commit(std::vector<std::unique_ptr<table::WriteResult>> results) override;

  Status Abort() override { return job_->Abort(); }

  /// Positions of target rows that had a match, by file, from one thread.
  using Positions = std::map<std::string, std::vector<int64_t>>;
  void AddMatched(Positions positions);
  /// Of matched rows that are to be copied: true for the first time.
  bool FirstCopy(const std::string& file, int64_t position);

 private:
  Status CheckMatches();

  std::shared_ptr<const RowChangeShape> shape_;
  std::shared_ptr<table::WriteJob> job_;
  std::shared_ptr<const functions::QueryContext> context_;
  std::mutex mutex_;  // guards what follows
  std::map<std::string, std::vector<std::vector<int64_t>>> matched_;
  std::set<std::pair<std::string, int64_t>> copied_;
};

/// Takes rows of one column of text and keeps its distinct values.
class DistinctTextJob final : public table::WriteJob {
 public:
  Result<std::unique_ptr<table::TaskWriter>> NewWriter() override;

  Status Commit(std::vector<std::unique_ptr<table::WriteResult>> /*results*/) override {
    return Status::OK();
  }

  Status Abort() override { return Status::OK(); }

  void Add(std::set<std::string> values) {
    const std::lock_guard<std::mutex> lock(mutex_);
    values_.merge(std::move(values));
  }

  /// After the query.
  std::vector<std::string> values() const { return {values_.begin(), values_.end()}; }

 private:
  std::mutex mutex_;  // guards values_
  std::set<std::string> values_;
};

}  // namespace emery::session
