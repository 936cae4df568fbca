#include "execution/hash_join/join_probe.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "execution/builder.h"

namespace emery::execution {

using columnar::Batch;
using columnar::BufferPtr;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

plan::ExpressionPtr ShiftOrdinals(const plan::ExpressionPtr& expression, int by) {
  return plan::TransformUp(expression, [by](const plan::ExpressionPtr& e) -> plan::ExpressionPtr {
    const auto* ordinal = plan::As<plan::Ordinal>(e);
    if (ordinal == nullptr) {
      return e;
    }
    auto shifted = std::make_shared<plan::Ordinal>(*ordinal);
    shifted->index += by;
    return shifted;
  });
}

// The join's condition over left then right columns.
plan::ExpressionPtr WholeCondition(const physical::HashJoin& node) {
  const int num_left = static_cast<int>(node.inputs[0]->output.size());
  plan::ExpressionList conjuncts;
  for (size_t k = 0; k < node.left_keys.size(); ++k) {
    const bool null_safe = node.null_safe.size() > k && node.null_safe[k];
    conjuncts.push_back(plan::MakeComparison(null_safe ? "<=>" : "=", node.left_keys[k],
                                             ShiftOrdinals(node.right_keys[k], num_left)));
  }
  if (node.residual != nullptr) {
    conjuncts.push_back(node.residual);
  }
  return plan::MakeAnd(std::move(conjuncts));
}

std::vector<int> OrdinalsOf(const plan::ExpressionPtr& expression) {
  std::vector<int> columns;
  plan::AnyOf(expression, [&](const plan::Expression& e) {
    if (const auto* ordinal = plan::As<plan::Ordinal>(&e)) {
      columns.push_back(ordinal->index);
    }
    return false;
  });
  return columns;
}

}  // namespace

Result<std::unique_ptr<JoinProbe>> JoinProbe::Make(
    const JoinShape* shape, const std::shared_ptr<const functions::QueryContext>& context) {
  const physical::HashJoin& node = *shape->node;
  std::unique_ptr<JoinProbe> probe(new JoinProbe(shape, TypesOf(node.output)));
  if (node.residual != nullptr) {
    ARROW_ASSIGN_OR_RAISE(probe->residual_, functions::FilterEvaluator::Make(
                                                plan::SplitConjuncts(node.residual), context));
    probe->residual_columns_ = OrdinalsOf(node.residual);
  }
  if (shape->three_valued && (node.residual != nullptr || node.left_keys.size() != 1)) {
    ARROW_ASSIGN_OR_RAISE(probe->condition_,
                          functions::Evaluator::Make(WholeCondition(node), context));
  }
  return probe;
}

Status JoinProbe::Push(const Batch& batch, const JoinTable& table, const BufferPtr& keep_alive,
                       Output& output) {
  const JoinShape& shape = *shape_;
  const int64_t n = batch.num_rows;
  std::vector<VectorPtr> keys;
  std::vector<size_t> checked;
  for (size_t k = 0; k < shape.probe.keys.size(); ++k) {
    keys.push_back(batch.columns[shape.probe.keys[k]]);
    const bool null_safe = shape.node->null_safe.size() > k && shape.node->null_safe[k];
    if (!null_safe &&
        (keys[k]->may_have_nulls() || keys[k]->physical() == type::PhysicalType::kNull)) {
      checked.push_back(k);
    }
  }
  matched_.assign(n, 0);
  has_null_.assign(n, 0);
  for (const size_t k : checked) {
    const bool all_null = keys[k]->physical() == type::PhysicalType::kNull;
    for (int64_t i = 0; i < n; ++i) {
      has_null_[i] |= all_null || keys[k]->IsNull(i) ? 1 : 0;
    }
  }
  if (table.num_rows() > 0) {
    const RowLayout& layout = shape.key_layout;
    const size_t stride = layout.end();
    staged_.resize(n * stride);
    staged_heap_ = columnar::StringHeap();
    layout.Write(keys, nullptr, n, staged_.data(), stride, &staged_heap_);
    hashes_.resize(n);
    chains_.resize(n);
    for (int64_t i = 0; i < n; ++i) {
      hashes_[i] = layout.Hash(staged_.data() + i * stride);
      table.Prefetch(hashes_[i]);
    }
    for (int64_t i = 0; i < n; ++i) {
      const uint8_t* chain = table.Lookup(hashes_[i]);
      chains_[i] = chain;
      __builtin_prefetch(chain);
    }
    if (!checked.empty()) {
      for (int64_t i = 0; i < n; ++i) {
        chains_[i] = has_null_[i] != 0 ? nullptr : chains_[i];
      }
    }
    // One match is enough where only its existence counts; with a residual it may be a later one.
    const bool first_only = !shape.pairs && !shape.tracks_matches() && residual_ == nullptr;
    pair_probe_.clear();
    pair_build_.clear();
    for (int64_t i = 0; i < n; ++i) {
      const uint8_t* wanted = staged_.data() + i * stride;
      for (const uint8_t* row = chains_[i]; row != nullptr; row = JoinTable::NextOf(row)) {
        if (JoinTable::HashOf(row) != hashes_[i] || !layout.Equal(row, wanted)) {
          continue;
        }
        if (first_only) {
          matched_[i] = 1;
          break;
        }
        pair_probe_.push_back(static_cast<int32_t>(i));
        pair_build_.push_back(row);
        if (static_cast<int64_t>(pair_probe_.size()) == columnar::kBatchSize) {
          ARROW_RETURN_NOT_OK(ProcessPairs(batch, table, keep_alive, output));
        }
      }
    }
    ARROW_RETURN_NOT_OK(ProcessPairs(batch, table, keep_alive, output));
  }
  if (shape.three_valued) {
    ARROW_RETURN_NOT_OK(FindUnknown(batch, table, keep_alive));
  }
  return EmitProbeRows(batch, output);
}

// Left and right columns of the current pairs; where `wanted` is not empty, only those are filled
// in.
Result<Batch> JoinProbe::PairBatch(const Batch& batch, const std::vector<int>& wanted,
                                   const BufferPtr& keep_alive) {
  const JoinShape& shape = *shape_;
  const auto count = static_cast<int64_t>(pair_probe_.size());
  const size_t num_probe = shape.probe.num_input_columns;
  const size_t num_build = shape.build.num_input_columns;
  const auto is_wanted = [&](size_t position) {
    return wanted.empty() ||
           std::find(wanted.begin(), wanted.end(), static_cast<int>(position)) != wanted.end();
  };
  const size_t probe_base = shape.probe_is_left ? 0 : num_build;
  const size_t build_base = shape.probe_is_left ? num_probe : 0;
  // Each probe row once, in order: no copy.
  bool identity = count == batch.num_rows;
  for (int64_t i = 0; identity && i < count; ++i) {
    identity = pair_probe_[i] == i;
  }
  std::vector<VectorPtr> probe_columns;
  for (size_t c = 0; c < num_probe; ++c) {
    const VectorPtr& column = batch.columns[c];
    probe_columns.push_back(!is_wanted(probe_base + c) ? Vector::MakeNull(column->type(), count)
                            : identity                 ? column
                                       : columnar::Gather(column, pair_probe_.data(), count));
  }
  std::vector<VectorPtr> build_columns;
  for (size_t c = 0; c < num_build; ++c) {
    build_columns.push_back(!is_wanted(build_base + c)
                                ? Vector::MakeNull(shape.build.types[c], count)
                                : shape.ReadBuildColumn(static_cast<int>(c), pair_build_.data(),
                                                        count, keep_alive,
                                                        /*or_null=*/false));
  }
  Batch result;
  result.num_rows = count;
  result.columns = shape.Combine(std::move(probe_columns), std::move(build_columns));
  return result;
}

Status JoinProbe::ProcessPairs(const Batch& batch, const JoinTable& table,
                               const BufferPtr& keep_alive, Output& output) {
  if (pair_probe_.empty()) {
    return Status::OK();
  }
  const JoinShape& shape = *shape_;
  if (residual_ != nullptr) {
    // A condition without columns reads nothing: any column will do for `wanted`.
    ARROW_ASSIGN_OR_RAISE(
        const Batch pairs,
        PairBatch(batch, residual_columns_.empty() ? std::vector<int>{-1} : residual_columns_,
                  keep_alive));
    selected_.resize(pairs.num_rows);
    ARROW_ASSIGN_OR_RAISE(const int64_t count, residual_->Select(pairs, selected_.data()));
    for (int64_t i = 0; i < count; ++i) {
      pair_probe_[i] = pair_probe_[selected_[i]];
      pair_build_[i] = pair_build_[selected_[i]];
    }
    pair_probe_.resize(count);
    pair_build_.resize(count);
  }
  for (const int32_t row : pair_probe_) {
    if (shape.single && matched_[row] != 0) {
      return base::UserError("SCALAR_SUBQUERY_TOO_MANY_ROWS",
                             "More than one row returned by a subquery used as an expression.");
    }
    matched_[row] = 1;
  }
  if (shape.tracks_matches()) {
    for (const uint8_t* row : pair_build_) {
      table.MarkMatched(row);
    }
  }
  Status status;
  if (shape.pairs && !pair_probe_.empty()) {
    ARROW_ASSIGN_OR_RAISE(Batch pairs, PairBatch(batch, {}, keep_alive));
    status = coalescer_.Push(std::move(pairs), output);
  }
  pair_probe_.clear();
  pair_build_.clear();
  return status;
}

// For probe rows without a match: whether the comparison with some build row is unknown.
Status JoinProbe::FindUnknown(const Batch& batch, const JoinTable& table,
                              const BufferPtr& keep_alive) {
  const JoinShape& shape = *shape_;
  const int64_t n = batch.num_rows;
  unknown_.assign(n, 0);
  const bool any_unknown = !table.unknown_rows().empty();
  if (condition_ == nullptr) {
    for (int64_t i = 0; i < n; ++i) {
      unknown_[i] = has_null_[i] != 0 ? table.num_rows() > 0 : any_unknown;
    }
    return Status::OK();
  }
  const std::vector<const uint8_t*> with_nulls(table.unknown_rows().begin(),
                                               table.unknown_rows().end());
  std::vector<const uint8_t*> all;
  for (int64_t i = 0; i < n; ++i) {
    if (matched_[i] != 0 || (has_null_[i] == 0 && !any_unknown && residual_ == nullptr)) {
      continue;
    }
    // A residual may be unknown for rows whose keys are equal, so then all rows count as well.
    const bool need_all = has_null_[i] != 0 || residual_ != nullptr;
    if (need_all && all.empty()) {
      for (const auto& blocks : table.blocks()) {
        for (const RowBlocks::Block& block : blocks->blocks()) {
          for (int64_t r = 0; r < block.count; ++r) {
            all.push_back(block.data->data() + r * shape.row_width);
          }
        }
      }
    }
    const std::vector<const uint8_t*>& candidates = need_all ? all : with_nulls;
    for (size_t begin = 0; begin < candidates.size() && unknown_[i] == 0;
         begin += columnar::kBatchSize) {
      const size_t end = std::min(candidates.size(), begin + columnar::kBatchSize);
      pair_build_.assign(candidates.begin() + begin, candidates.begin() + end);
      pair_probe_.assign(end - begin, static_cast<int32_t>(i));
      ARROW_ASSIGN_OR_RAISE(const Batch pairs, PairBatch(batch, {}, keep_alive));
      ARROW_ASSIGN_OR_RAISE(const VectorPtr outcome, condition_->Evaluate(pairs));
      for (int64_t p = 0; p < pairs.num_rows && unknown_[i] == 0; ++p) {
        unknown_[i] = outcome->IsNull(p) ? 1 : 0;
      }
    }
  }
  pair_build_.clear();
  pair_probe_.clear();
  return Status::OK();
}

// What comes out of probe rows by themselves, after all pairs of the batch.
Status JoinProbe::EmitProbeRows(const Batch& batch, Output& output) {
  const JoinShape& shape = *shape_;
  const int64_t n = batch.num_rows;
  if (shape.mark) {
    Batch result;
    result.num_rows = n;
    result.columns.assign(batch.columns.begin(),
                          batch.columns.begin() + shape.probe.num_input_columns);
    columnar::FlatWriter marks(type::Boolean(), n);
    std::copy(matched_.begin(), matched_.end(), marks.values<uint8_t>());
    if (shape.three_valued) {
      for (int64_t i = 0; i < n; ++i) {
        if (matched_[i] == 0 && unknown_[i] != 0) {
          marks.SetNull(i);
        }
      }
    }
    result.columns.push_back(marks.Finish(n));
    return output.Emit(std::move(result));
  }
  if (!(shape.probe_outer || shape.probe_semi || shape.probe_anti)) {
    return Status::OK();
  }
  const uint8_t wanted = shape.probe_semi ? 1 : 0;
  selected_.clear();
  for (int64_t i = 0; i < n; ++i) {
    if (matched_[i] == wanted && !(shape.three_valued && unknown_[i] != 0)) {
      selected_.push_back(static_cast<int32_t>(i));
    }
  }
  const auto count = static_cast<int64_t>(selected_.size());
  if (count == 0) {
    return Status::OK();
  }
  std::vector<VectorPtr> probe_columns;
  for (size_t c = 0; c < shape.probe.num_input_columns; ++c) {
    probe_columns.push_back(count == n
                                ? batch.columns[c]
                                : columnar::Gather(batch.columns[c], selected_.data(), count));
  }
  Batch result;
  result.num_rows = count;
  if (shape.probe_outer) {
    std::vector<VectorPtr> build_columns;
    for (size_t c = 0; c < shape.build.num_input_columns; ++c) {
      build_columns.push_back(Vector::MakeNull(shape.build.types[c], count));
    }
    result.columns = shape.Combine(std::move(probe_columns), std::move(build_columns));
  } else {
    result.columns = std::move(probe_columns);
  }
  return coalescer_.Push(std::move(result), output);
}

Status JoinProbe::EmitBuildRows(const RowBlocks::Block& block, const JoinTable& table,
                                const BufferPtr& keep_alive, Output& output) {
  const JoinShape& shape = *shape_;
  const bool wanted = shape.build_semi;
  std::vector<const uint8_t*> rows;
  const auto emit = [&]() -> Status {
    const auto count = static_cast<int64_t>(rows.size());
    std::vector<VectorPtr> build_columns;
    for (size_t c = 0; c < shape.build.num_input_columns; ++c) {
      build_columns.push_back(shape.ReadBuildColumn(static_cast<int>(c), rows.data(), count,
                                                    keep_alive, /*or_null=*/false));
    }
    Batch result;
    result.num_rows = count;
    if (shape.build_outer) {
      std::vector<VectorPtr> probe_columns;
      for (size_t c = 0; c < shape.probe.num_input_columns; ++c) {
        probe_columns.push_back(Vector::MakeNull(shape.probe.types[c], count));
      }
      result.columns = shape.Combine(std::move(probe_columns), std::move(build_columns));
    } else {
      result.columns = std::move(build_columns);
    }
    rows.clear();
    return coalescer_.Push(std::move(result), output);
  };
  for (int64_t i = 0; i < block.count; ++i) {
    const uint8_t* row = block.data->data() + i * shape.row_width;
    if (table.IsMatched(row) == wanted) {
      rows.push_back(row);
      if (static_cast<int64_t>(rows.size()) == columnar::kBatchSize) {
        ARROW_RETURN_NOT_OK(emit());
      }
    }
  }
  return rows.empty() ? Status::OK() : emit();
}

}  // namespace emery::execution
