#include <unordered_set>
#include <utility>

#include "execution/builder.h"
#include "execution/hash_aggregate/grouped.h"
#include "execution/stored_rows.h"

namespace emery::execution {

namespace {

using columnar::Batch;

/// WITH RECURSIVE: gives the anchor's rows, then those of the step over the rows of the round
/// before, until a round gives none. A round is computed only when the rows before it were taken,
/// so a limit above ends a recursion that would not end by itself.
class RecursiveSource final : public Source {
 public:
  RecursiveSource(const physical::Recursive& node, Builder& outer)
      : Source(outer.runtime()->StatisticsOf(node)),
        node_(node),
        types_(TypesOf(node.output)),
        shared_rows_(outer.shared_rows()),
        recursive_rows_(outer.recursive_rows()) {
    if (node.distinct) {
      format_ = std::make_unique<GroupRowFormat>(
          types_, false, std::vector<std::shared_ptr<const functions::BoundAggregate>>());
      seen_ = std::make_unique<GroupTable>(format_.get());
    }
  }

  Result<Step> Next(TaskContext& context, LocalState*, Batch* batch) override {
    Runtime& runtime = *context.runtime;
    while (true) {
      ARROW_RETURN_NOT_OK(runtime.Check());
      if (rows_ != nullptr && next_batch_ < rows_->num_batches()) {
        ARROW_ASSIGN_OR_RAISE(*batch, rows_->Get(next_batch_++));
        return Step::kBatch;
      }
      if (ended_) {
        if (!said_end_) {
          said_end_ = true;
          return Step::kMorselEnd;
        }
        return Step::kEnd;
      }
      ARROW_RETURN_NOT_OK(Round(runtime));
    }
  }

 private:
  Status Round(Runtime& runtime) {
    const bool anchor = rows_ == nullptr;
    if (!anchor && node_.max_depth >= 0 && ++level_ > node_.max_depth) {
      const std::string limit = std::to_string(node_.max_depth);
      return base::UserError("RECURSION_LEVEL_LIMIT_EXCEEDED",
                             "Recursion level limit " + limit +
                                 " reached but query has not exhausted, try increasing the limit "
                                 "'spark.sql.cteRecursionLevelLimit'.",
                             {{"levelLimit", limit}});
    }
    Builder builder(&runtime);
    builder.shared_rows() = shared_rows_;
    builder.recursive_rows() = recursive_rows_;
    builder.recursive_rows()[node_.recursive_id] = rows_;
    auto next = std::make_shared<BatchStore>(&runtime, statistics(), types_);
    Chain chain;
    chain.sink = std::make_shared<StoreSink>(next, statistics());
    ARROW_RETURN_NOT_OK(builder.Build(node_.inputs[anchor ? 0 : 1], chain));
    ARROW_RETURN_NOT_OK(RunPipelines(runtime, builder.pipelines()));
    if (node_.distinct) {
      ARROW_ASSIGN_OR_RAISE(next, OnlyNew(runtime, *next));
    }
    num_rows_ += next->num_rows();
    if (node_.max_rows >= 0 && num_rows_ > node_.max_rows) {
      const std::string limit = std::to_string(node_.max_rows);
      return base::UserError("RECURSION_ROW_LIMIT_EXCEEDED",
                             "Recursion row limit " + limit +
                                 " reached but query has not exhausted, try increasing the limit "
                                 "'spark.sql.cteRecursionRowLimit'.",
                             {{"rowLimit", limit}});
    }
    ended_ = next->num_rows() == 0;
    rows_ = std::move(next);
    next_batch_ = 0;
    return Status::OK();
  }

  // UNION: rows that no round gave before, each once.
  Result<std::shared_ptr<BatchStore>> OnlyNew(Runtime& runtime, const BatchStore& rows) {
    auto result = std::make_shared<BatchStore>(&runtime, statistics(), types_);
    StagedRows staged;
    for (int64_t b = 0; b < rows.num_batches(); ++b) {
      ARROW_ASSIGN_OR_RAISE(const Batch batch, rows.Get(b));
      staged.Stage(*format_, batch.columns, batch.num_rows, nullptr, nullptr);
      std::vector<uint8_t*> before(batch.num_rows);
      std::vector<uint8_t*> groups(batch.num_rows);
      seen_->Find(staged.data(), staged.stride(), batch.num_rows, before.data());
      seen_->FindOrInsert(staged.data(), staged.stride(), batch.num_rows, groups.data());
      std::unordered_set<const uint8_t*> taken;
      std::vector<int32_t> fresh;
      for (int64_t i = 0; i < batch.num_rows; ++i) {
        if (before[i] == nullptr && taken.insert(groups[i]).second) {
          fresh.push_back(static_cast<int32_t>(i));
        }
      }
      if (!fresh.empty()) {
        ARROW_RETURN_NOT_OK(result->Append(
            columnar::GatherBatch(batch, fresh.data(), static_cast<int64_t>(fresh.size()))));
      }
    }
    return result;
  }

  const physical::Recursive& node_;
  const std::vector<type::TypePtr> types_;
  // What the plan around has computed by the time this source runs.
  const std::map<int64_t, std::shared_ptr<BatchStore>> shared_rows_;
  const std::map<int64_t, std::shared_ptr<BatchStore>> recursive_rows_;
  std::shared_ptr<BatchStore> rows_;  // of the last round; null before the anchor
  int64_t next_batch_ = 0;
  int level_ = 0;
  int64_t num_rows_ = 0;
  bool ended_ = false;
  bool said_end_ = false;
  std::unique_ptr<GroupRowFormat> format_;
  std::unique_ptr<GroupTable> seen_;
};

}  // namespace

Status BuildRecursive(Builder& builder, const physical::Recursive& node, const Chain& downstream) {
  builder.Add(std::make_shared<RecursiveSource>(node, builder), downstream);
  return Status::OK();
}

Status BuildRecursiveReference(Builder& builder, const physical::RecursiveReference& node,
                               const Chain& downstream) {
  const auto rows = builder.recursive_rows().find(node.recursive_id);
  if (rows == builder.recursive_rows().end() || rows->second == nullptr) {
    return base::InternalError("a recursive reference outside its recursion");
  }
  builder.Add(std::make_shared<StoreSource>(rows->second, std::vector<int>{}, true,
                                            builder.runtime()->StatisticsOf(node)),
              downstream);
  return Status::OK();
}

}  // namespace emery::execution
