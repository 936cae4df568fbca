// What commands give back.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "session/commands/commands.h"

namespace emery::session {

namespace {

class StoredResult final : public StatementResult {
 public:
  StoredResult(StatementPtr statement, type::Schema schema, std::vector<columnar::Batch> batches)
      : statement_(std::move(statement)), schema_(std::move(schema)), batches_(std::move(batches)) {
    StatementSummary summary;
    for (const columnar::Batch& batch : batches_) {
      summary.rows += batch.num_rows;
    }
    statement_->End(Status::OK(), std::move(summary));
  }

  const type::Schema& schema() const override { return schema_; }

  Result<std::optional<columnar::Batch>> Next() override {
    if (next_ == batches_.size()) {
      return std::optional<columnar::Batch>();
    }
    return std::optional<columnar::Batch>(std::move(batches_[next_++]));
  }

  StatementSummary summary() const override { return statement_->so_far(); }

  std::shared_ptr<const functions::QueryContext> context() const override {
    return statement_->context();
  }

 private:
  StatementPtr statement_;
  type::Schema schema_;
  std::vector<columnar::Batch> batches_;
  size_t next_ = 0;
};

}  // namespace

RowSet::RowSet(const std::vector<std::string>& names, const std::vector<std::string>& booleans) {
  for (const std::string& name : names) {
    const bool boolean = std::find(booleans.begin(), booleans.end(), name) != booleans.end();
    schema_.push_back(
        {name, boolean ? type::Boolean() : type::String(), true, -1, std::nullopt, std::nullopt});
  }
}

void RowSet::Sort() {
  std::sort(rows_.begin(), rows_.end());
}

CommandResult RowSet::Finish(const StatementPtr& statement) && {
  std::vector<columnar::Batch> batches;
  for (size_t begin = 0; begin < rows_.size(); begin += columnar::kBatchSize) {
    const size_t end = std::min(rows_.size(), begin + columnar::kBatchSize);
    columnar::Batch batch;
    batch.num_rows = static_cast<int64_t>(end - begin);
    for (size_t column = 0; column < schema_.size(); ++column) {
      const std::unique_ptr<columnar::VectorBuilder> builder =
          columnar::VectorBuilder::Make(schema_[column].type);
      for (size_t row = begin; row < end; ++row) {
        const Cell& cell = rows_[row][column];
        if (!cell) {
          builder->AppendNull();
        } else if (schema_[column].type->is(type::TypeId::kBoolean)) {
          builder->AppendValue(type::Value::Bool(*cell == "true"));
        } else {
          builder->AppendString(*cell);
        }
      }
      batch.columns.push_back(builder->Finish());
    }
    batches.push_back(std::move(batch));
  }
  return RowsOf(statement, std::move(schema_), std::move(batches));
}

CommandResult NoRows(const StatementPtr& statement) {
  return RowsOf(statement, {}, {});
}

CommandResult RowsOf(const StatementPtr& statement, type::Schema schema,
                     std::vector<columnar::Batch> batches) {
  return std::make_unique<StoredResult>(statement, std::move(schema), std::move(batches));
}

}  // namespace emery::session
