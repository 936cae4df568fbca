#include "table/memory/memory_table.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace emery::table {

using columnar::Batch;

namespace {

constexpr int64_t kTaskRows = 32 * columnar::kBatchSize;

using Batches = std::shared_ptr<const std::vector<Batch>>;

class MemoryReader final : public format::BatchReader {
 public:
  MemoryReader(Batches batches, size_t begin, size_t end, std::vector<int> columns)
      : batches_(std::move(batches)), next_(begin), end_(end), columns_(std::move(columns)) {}

  Result<std::optional<Batch>> Next() override {
    while (next_ < end_) {
      const Batch& from = (*batches_)[next_];
      const int64_t count = std::min(columnar::kBatchSize, from.num_rows - row_);
      Batch batch;
      batch.num_rows = count;
      for (int column : columns_) {
        const columnar::VectorPtr& vector = from.columns[static_cast<size_t>(column)];
        batch.columns.push_back(count == from.num_rows ? vector
                                                       : columnar::Slice(vector, row_, count));
      }
      row_ += count;
      if (row_ >= from.num_rows) {
        ++next_;
        row_ = 0;
      }
      if (count > 0) {
        metrics_.rows_read += count;
        return batch;
      }
    }
    return std::nullopt;
  }

  const format::ScanMetrics& metrics() const override { return metrics_; }

 private:
  Batches batches_;
  size_t next_;
  size_t end_;
  int64_t row_ = 0;
  std::vector<int> columns_;
  format::ScanMetrics metrics_;
};

class MemoryTask final : public ScanTask {
 public:
  MemoryTask(Batches batches, size_t begin, size_t end, std::vector<int> columns)
      : batches_(std::move(batches)), begin_(begin), end_(end), columns_(std::move(columns)) {
    for (size_t i = begin; i < end; ++i) {
      rows_ += (*batches_)[i].num_rows;
    }
  }

  Result<std::unique_ptr<format::BatchReader>> Open(
      const std::vector<format::RuntimeFilterUse>& /*runtime_filters*/) const override {
    return std::make_unique<MemoryReader>(batches_, begin_, end_, columns_);
  }

  std::optional<std::pair<type::Value, type::Value>> Bounds(int /*column*/) const override {
    return std::nullopt;
  }

  int64_t num_rows() const override { return rows_; }

  int64_t num_bytes() const override { return rows_ * 8; }

 private:
  Batches batches_;
  size_t begin_;
  size_t end_;
  std::vector<int> columns_;
  int64_t rows_ = 0;
};

class MemoryTable final : public Table {
 public:
  MemoryTable(std::string name, type::Schema schema, std::vector<Batch> batches)
      : name_(std::move(name)),
        schema_(std::move(schema)),
        batches_(std::make_shared<const std::vector<Batch>>(std::move(batches))) {
    static std::atomic<int64_t> next{0};
    identity_ = "memory|" + std::to_string(next.fetch_add(1));
  }

  const type::Schema& schema() const override { return schema_; }

  Result<Statistics> statistics() const override {
    Statistics statistics;
    int64_t rows = 0;
    int64_t bytes = 0;
    for (const Batch& batch : *batches_) {
      rows += batch.num_rows;
      bytes += columnar::MemoryBytes(batch);
    }
    statistics.num_rows = rows;
    statistics.num_bytes = bytes;
    return statistics;
  }

  Result<ScanPlan> PlanScan(const ScanRequest& request) const override {
    for (int field : request.field_indexes) {
      if (field < 0) {
        return base::InternalError("a table in memory has no metadata columns");
      }
    }
    ScanPlan plan;
    plan.residual = request.filter;
    size_t begin = 0;
    int64_t rows = 0;
    for (size_t i = 0; i < batches_->size(); ++i) {
      rows += (*batches_)[i].num_rows;
      if (rows >= kTaskRows || i + 1 == batches_->size()) {
        plan.tasks.push_back(
            std::make_shared<MemoryTask>(batches_, begin, i + 1, request.field_indexes));
        begin = i + 1;
        rows = 0;
      }
    }
    return plan;
  }

  std::string provider() const override { return "memory"; }

  std::string location() const override { return name_; }

  std::string identity() const override { return identity_; }

 private:
  std::string name_;
  type::Schema schema_;
  Batches batches_;
  std::string identity_;
};

}  // namespace

std::shared_ptr<const Table> MakeMemoryTable(std::string name, type::Schema schema,
                                             std::vector<Batch> batches) {
  return std::make_shared<MemoryTable>(std::move(name), std::move(schema), std::move(batches));
}

}  // namespace emery::table
