#include "execution/stored_rows.h"

#include <utility>

namespace emery::execution {

Status StoreSink::Push(TaskContext&, columnar::Batch batch, LocalState*) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return store_->Append(std::move(batch));
}

struct StoreSource::Local final : LocalState {
  bool in_morsel = false;
};

Result<std::unique_ptr<LocalState>> StoreSource::MakeLocal(TaskContext&) {
  return std::make_unique<Local>();
}

Result<Source::Step> StoreSource::Next(TaskContext& context, LocalState* state,
                                       columnar::Batch* batch) {
  auto* local = static_cast<Local*>(state);
  if (local->in_morsel) {
    local->in_morsel = false;
    return Step::kMorselEnd;
  }
  const int64_t i = next_.fetch_add(1);
  if (i >= store_->num_batches()) {
    return Step::kEnd;
  }
  context.morsel = i;
  local->in_morsel = true;
  ARROW_ASSIGN_OR_RAISE(columnar::Batch stored, store_->Get(i));
  if (all_columns_) {
    *batch = std::move(stored);
    return Step::kBatch;
  }
  batch->num_rows = stored.num_rows;
  for (const int column : projection_) {
    batch->columns.push_back(stored.columns[column]);
  }
  return Step::kBatch;
}

}  // namespace emery::execution
