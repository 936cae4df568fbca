#include "execution/result_queue.h"

#include <chrono>
#include <utility>

namespace emery::execution {

namespace {

// How often a waiting thread looks whether the query was cancelled, which wakes nobody.
constexpr std::chrono::milliseconds kCancellationPoll{10};

}  // namespace

Status ResultQueue::Push(TaskContext& context, columnar::Batch batch, LocalState*) {
  std::unique_lock<std::mutex> lock(mutex_);
  const int64_t number = base_ + context.morsel;
  if (!runtime_->inline_execution()) {
    while (morsels_[number].rows >= kRowsMax) {
      ARROW_RETURN_NOT_OK(runtime_->Check());
      changed_.wait_for(lock, kCancellationPoll);
    }
  }
  Morsel& morsel = morsels_[number];
  morsel.rows += batch.num_rows;
  morsel.batches.push_back(std::move(batch));
  if (number == next_) {
    changed_.notify_all();
  }
  return Status::OK();
}

Status ResultQueue::FinishMorsel(TaskContext& context, LocalState*) {
  const std::lock_guard<std::mutex> lock(mutex_);
  morsels_[base_ + context.morsel].finished = true;
  Advance();
  return Status::OK();
}

void ResultQueue::EndPipeline(int64_t num_morsels) {
  const std::lock_guard<std::mutex> lock(mutex_);
  base_ += num_morsels;
}

void ResultQueue::Advance() {
  while (true) {
    const auto first = morsels_.find(next_);
    if (first == morsels_.end() || !first->second.finished || !first->second.batches.empty()) {
      break;
    }
    morsels_.erase(first);
    ++next_;
  }
  changed_.notify_all();
}

void ResultQueue::Close(Status outcome) {
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
  outcome_ = std::move(outcome);
  changed_.notify_all();
}

Result<std::optional<columnar::Batch>> ResultQueue::Pop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    const auto first = morsels_.find(next_);
    if (first != morsels_.end() && !first->second.batches.empty()) {
      Morsel& morsel = first->second;
      columnar::Batch batch = std::move(morsel.batches.front());
      morsel.batches.pop_front();
      morsel.rows -= batch.num_rows;
      Advance();
      return std::optional<columnar::Batch>(std::move(batch));
    }
    if (closed_) {
      ARROW_RETURN_NOT_OK(outcome_);
      return std::optional<columnar::Batch>();
    }
    ARROW_RETURN_NOT_OK(runtime_->Check());
    changed_.wait_for(lock, kCancellationPoll);
  }
}

}  // namespace emery::execution
