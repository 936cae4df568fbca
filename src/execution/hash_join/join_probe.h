#pragma once

#include <memory>
#include <vector>

#include "execution/coalescer.h"
#include "execution/hash_join/join_table.h"
#include "execution/pipeline.h"
#include "functions/evaluator.h"

namespace emery::execution {

/// Looks up batches of the probe side in a table and emits what the join gives for them. One per
/// thread.
class JoinProbe {
 public:
  static Result<std::unique_ptr<JoinProbe>> Make(
      const JoinShape* shape, const std::shared_ptr<const functions::QueryContext>& context);

  /// `batch` has the columns of shape.probe. The table must live until the output is no longer
  /// used: vectors hold `keep_alive`.
  Status Push(const columnar::Batch& batch, const JoinTable& table,
              const columnar::BufferPtr& keep_alive, Output& output);

  Status Flush(Output& output) { return coalescer_.Flush(output); }

  /// Emits build rows of `block` that come out because they were matched, or not.
  Status EmitBuildRows(const RowBlocks::Block& block, const JoinTable& table,
                       const columnar::BufferPtr& keep_alive, Output& output);

 private:
  JoinProbe(const JoinShape* shape, std::vector<type::TypePtr> output_types)
      : shape_(shape), coalescer_(std::move(output_types)) {}

  Status ProcessPairs(const columnar::Batch& batch, const JoinTable& table,
                      const columnar::BufferPtr& keep_alive, Output& output);
  Result<columnar::Batch> PairBatch(const columnar::Batch& batch, const std::vector<int>& wanted,
                                    const columnar::BufferPtr& keep_alive);
  Status FindUnknown(const columnar::Batch& batch, const JoinTable& table,
                     const columnar::BufferPtr& keep_alive);
  Status EmitProbeRows(const columnar::Batch& batch, Output& output);

  const JoinShape* shape_;
  Coalescer coalescer_;
  std::unique_ptr<functions::FilterEvaluator> residual_;
  std::vector<int> residual_columns_;                // of left columns followed by right columns
  std::unique_ptr<functions::Evaluator> condition_;  // the whole condition, for unknown pairs
  std::vector<uint8_t> staged_;
  columnar::StringHeap staged_heap_;
  std::vector<uint64_t> hashes_;
  std::vector<const uint8_t*> chains_;
  std::vector<uint8_t> has_null_;
  std::vector<uint8_t> matched_;
  std::vector<uint8_t> unknown_;
  // A chunk of matching pairs.
  std::vector<int32_t> pair_probe_;
  std::vector<const uint8_t*> pair_build_;
  std::vector<int32_t> selected_;
};

}  // namespace emery::execution
