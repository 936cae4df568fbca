#include "execution/coalescer.h"

#include <utility>

namespace emery::execution {

Status Coalescer::Push(columnar::Batch batch, Output& output) {
  if (batch.num_rows == 0) {
    return Status::OK();
  }
  if (batch.num_rows >= kRowsEnough) {
    ARROW_RETURN_NOT_OK(Flush(output));
    return output.Emit(std::move(batch));
  }
  held_rows_ += batch.num_rows;
  held_.push_back(std::move(batch));
  return held_rows_ >= kRowsEnough ? Flush(output) : Status::OK();
}

Status Coalescer::Flush(Output& output) {
  if (held_.empty()) {
    return Status::OK();
  }
  columnar::Batch batch =
      held_.size() == 1 ? std::move(held_[0]) : columnar::ConcatBatches(types_, held_);
  held_.clear();
  held_rows_ = 0;
  return output.Emit(std::move(batch));
}

}  // namespace emery::execution
