#include <algorithm>
#include <atomic>
#include <utility>

#include "execution/batch_store.h"
#include "execution/builder.h"
#include "execution/coalescer.h"
#include "execution/stored_rows.h"
#include "functions/evaluator.h"

// Every left row against every right row. The right side is kept in a store; left rows come by in
// the pipeline.
namespace emery::execution {

namespace {

using columnar::Batch;
using columnar::Vector;
using columnar::VectorPtr;
using plan::JoinType;

struct LoopState {
  LoopState(const physical::NestedLoopJoin& n, Runtime* runtime)
      : node(&n),
        statistics(runtime->StatisticsOf(n)),
        left_types(TypesOf(n.inputs[0]->output)),
        right_types(TypesOf(n.inputs[1]->output)),
        right(std::make_shared<BatchStore>(runtime, statistics, right_types)) {
    const JoinType type = n.join_type;
    pairs = type == JoinType::kInner || type == JoinType::kLeft || type == JoinType::kRight ||
            type == JoinType::kFull || type == JoinType::kSingle;
    left_outer = type == JoinType::kLeft || type == JoinType::kFull || type == JoinType::kSingle;
    right_outer = type == JoinType::kRight || type == JoinType::kFull;
    mark = type == JoinType::kMark || type == JoinType::kExistenceMark;
    anti = type == JoinType::kLeftAnti || type == JoinType::kNullAwareAnti;
    semi = type == JoinType::kLeftSemi;
    three_valued = type == JoinType::kMark || type == JoinType::kNullAwareAnti;
  }

  const physical::NestedLoopJoin* node;
  OperatorStatistics* statistics;
  std::vector<type::TypePtr> left_types;
  std::vector<type::TypePtr> right_types;
  std::shared_ptr<BatchStore> right;
  bool pairs;
  bool left_outer;
  bool right_outer;
  bool mark;
  bool anti;
  bool semi;
  bool three_valued;
  // Right and full outer joins: one flag per right row, by batch.
  std::vector<std::unique_ptr<std::atomic<uint8_t>[]>> right_matched;

  bool empty_without_right() const { return !(left_outer || anti || mark); }
};

class RightSink final : public Sink {
 public:
  explicit RightSink(std::shared_ptr<LoopState> state)
      : Sink(state->statistics), state_(state), rows_(state->right, state->statistics) {}

  Status Push(TaskContext& context, Batch batch, LocalState* local) override {
    return rows_.Push(context, std::move(batch), local);
  }

  Status Finalize(Runtime&) override {
    if (state_->right_outer) {
      for (int64_t b = 0; b < state_->right->num_batches(); ++b) {
        state_->right_matched.push_back(
            std::make_unique<std::atomic<uint8_t>[]>(state_->right->RowsOf(b)));
      }
    }
    return Status::OK();
  }

 private:
  std::shared_ptr<LoopState> state_;
  StoreSink rows_;
};

class LoopOperator final : public Operator {
 public:
  LoopOperator(std::shared_ptr<LoopState> state, std::vector<type::TypePtr> output_types)
      : Operator(state->statistics),
        state_(std::move(state)),
        output_types_(std::move(output_types)) {}

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>(output_types_);
    if (state_->node->condition != nullptr) {
      if (state_->three_valued) {
        ARROW_ASSIGN_OR_RAISE(
            local->condition,
            functions::Evaluator::Make(state_->node->condition, context.runtime->context()));
      } else {
        ARROW_ASSIGN_OR_RAISE(local->filter, functions::FilterEvaluator::Make(
                                                 plan::SplitConjuncts(state_->node->condition),
                                                 context.runtime->context()));
      }
    }
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext& context, Batch left, LocalState* s, Output& output) override {
    auto* local = static_cast<Local*>(s);
    const int64_t n = left.num_rows;
    local->matched.assign(n, 0);
    local->unknown.assign(n, 0);
    for (int64_t b = 0; b < state_->right->num_batches(); ++b) {
      ARROW_ASSIGN_OR_RAISE(const Batch right, state_->right->Get(b));
      // Chunks of about a batch: some left rows, each against some right rows.
      const int64_t width = std::min(right.num_rows, columnar::kBatchSize);
      const int64_t height = std::max<int64_t>(1, columnar::kBatchSize / width);
      for (int64_t first_right = 0; first_right < right.num_rows; first_right += width) {
        const int64_t num_right = std::min(width, right.num_rows - first_right);
        for (int64_t first = 0; first < n; first += height) {
          ARROW_RETURN_NOT_OK(context.runtime->Check());
          ARROW_RETURN_NOT_OK(Chunk(local, left, first, std::min(height, n - first), b, right,
                                    first_right, num_right, output));
        }
      }
    }
    return EmitLeft(local, left, output);
  }

  Status Flush(TaskContext&, LocalState* s, Output& output) override {
    return static_cast<Local*>(s)->coalescer.Flush(output);
  }

 private:
  struct Local final : LocalState {
    explicit Local(const std::vector<type::TypePtr>& types) : coalescer(types) {}

    std::unique_ptr<functions::FilterEvaluator> filter;
    std::unique_ptr<functions::Evaluator> condition;
    Coalescer coalescer;
    std::vector<uint8_t> matched;
    std::vector<uint8_t> unknown;
    std::vector<int32_t> left_rows;
    std::vector<int32_t> right_rows;
    std::vector<int32_t> selected;
  };

  Status Chunk(Local* local, const Batch& left, int64_t first, int64_t num_left,
               int64_t right_batch, const Batch& right, int64_t first_right, int64_t num_right,
               Output& output) {
    const int64_t count = num_left * num_right;
    local->left_rows.resize(count);
    local->right_rows.resize(count);
    for (int64_t l = 0, i = 0; l < num_left; ++l) {
      for (int64_t r = 0; r < num_right; ++r, ++i) {
        local->left_rows[i] = static_cast<int32_t>(first + l);
        local->right_rows[i] = static_cast<int32_t>(first_right + r);
      }
    }
    const bool whole_left = num_right == 1 && num_left == left.num_rows;
    Batch pairs;
    pairs.num_rows = count;
    for (const VectorPtr& column : left.columns) {
      pairs.columns.push_back(
          whole_left ? column : columnar::Gather(column, local->left_rows.data(), count));
    }
    for (const VectorPtr& column : right.columns) {
      pairs.columns.push_back(num_right == 1
                                  ? Vector::MakeConstant(column, first_right, count)
                                  : columnar::Gather(column, local->right_rows.data(), count));
    }
    int64_t num_selected = count;
    bool all = true;
    if (local->filter != nullptr) {
      local->selected.resize(count);
      ARROW_ASSIGN_OR_RAISE(num_selected, local->filter->Select(pairs, local->selected.data()));
      all = false;
    } else if (local->condition != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const VectorPtr outcome, local->condition->Evaluate(pairs));
      const columnar::VectorReader<uint8_t> reader(*outcome);
      local->selected.clear();
      for (int64_t i = 0; i < count; ++i) {
        if (reader.IsNull(i)) {
          local->unknown[local->left_rows[i]] = 1;
        } else if (reader[i] != 0) {
          local->selected.push_back(static_cast<int32_t>(i));
        }
      }
      num_selected = static_cast<int64_t>(local->selected.size());
      all = false;
    }
    const auto pair_of = [&](int64_t i) {
      return all ? static_cast<int32_t>(i) : local->selected[i];
    };
    for (int64_t i = 0; i < num_selected; ++i) {
      uint8_t& matched = local->matched[local->left_rows[pair_of(i)]];
      if (matched != 0 && state_->node->join_type == JoinType::kSingle) {
        return base::UserError("SCALAR_SUBQUERY_TOO_MANY_ROWS",
                               "More than one row returned by a subquery used as an expression.");
      }
      matched = 1;
    }
    if (state_->right_outer) {
      std::atomic<uint8_t>* flags = state_->right_matched[right_batch].get();
      for (int64_t i = 0; i < num_selected; ++i) {
        flags[local->right_rows[pair_of(i)]].store(1, std::memory_order_relaxed);
      }
    }
    if (!state_->pairs || num_selected == 0) {
      return Status::OK();
    }
    if (num_selected == count) {
      return local->coalescer.Push(std::move(pairs), output);
    }
    return local->coalescer.Push(columnar::GatherBatch(pairs, local->selected.data(), num_selected),
                                 output);
  }

  Status EmitLeft(Local* local, const Batch& left, Output& output) {
    const LoopState& state = *state_;
    const int64_t n = left.num_rows;
    if (state.mark) {
      Batch result = left;
      columnar::FlatWriter marks(type::Boolean(), n);
      std::copy(local->matched.begin(), local->matched.end(), marks.values<uint8_t>());
      if (state.three_valued) {
        for (int64_t i = 0; i < n; ++i) {
          if (local->matched[i] == 0 && local->unknown[i] != 0) {
            marks.SetNull(i);
          }
        }
      }
      result.columns.push_back(marks.Finish(n));
      return output.Emit(std::move(result));
    }
    if (!(state.left_outer || state.semi || state.anti)) {
      return Status::OK();
    }
    const uint8_t wanted = state.semi ? 1 : 0;
    std::vector<int32_t> rows;
    for (int64_t i = 0; i < n; ++i) {
      if (local->matched[i] == wanted && !(state.three_valued && local->unknown[i] != 0)) {
        rows.push_back(static_cast<int32_t>(i));
      }
    }
    const auto count = static_cast<int64_t>(rows.size());
    if (count == 0) {
      return Status::OK();
    }
    Batch result = columnar::GatherBatch(left, rows.data(), count);
    if (state.left_outer) {
      for (const type::TypePtr& type : state.right_types) {
        result.columns.push_back(Vector::MakeNull(type, count));
      }
    }
    return local->coalescer.Push(std::move(result), output);
  }

  std::shared_ptr<LoopState> state_;
  const std::vector<type::TypePtr> output_types_;
};

/// Right rows that matched no left row; one right batch is a morsel.
class UnmatchedRightSource final : public Source {
 public:
  explicit UnmatchedRightSource(std::shared_ptr<LoopState> state)
      : Source(state->statistics), state_(std::move(state)) {}

  Result<Step> Next(TaskContext& context, LocalState*, Batch* batch) override {
    while (next_ < state_->right->num_batches()) {
      const int64_t b = next_++;
      ARROW_RETURN_NOT_OK(context.runtime->Check());
      std::vector<int32_t> rows;
      for (int64_t i = 0; i < state_->right->RowsOf(b); ++i) {
        if (state_->right_matched[b][i].load(std::memory_order_relaxed) == 0) {
          rows.push_back(static_cast<int32_t>(i));
        }
      }
      if (rows.empty()) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const Batch stored, state_->right->Get(b));
      const auto count = static_cast<int64_t>(rows.size());
      batch->num_rows = count;
      for (const type::TypePtr& type : state_->left_types) {
        batch->columns.push_back(Vector::MakeNull(type, count));
      }
      for (const VectorPtr& column : stored.columns) {
        batch->columns.push_back(columnar::Gather(column, rows.data(), count));
      }
      return Step::kBatch;
    }
    if (!ended_) {
      ended_ = true;
      return Step::kMorselEnd;
    }
    return Step::kEnd;
  }

 private:
  std::shared_ptr<LoopState> state_;
  int64_t next_ = 0;
  bool ended_ = false;
};

}  // namespace

Status BuildNestedLoopJoin(Builder& builder, const physical::NestedLoopJoin& node,
                           const Chain& downstream) {
  auto state = std::make_shared<LoopState>(node, builder.runtime());
  Chain right;
  right.sink = std::make_shared<RightSink>(state);
  ARROW_RETURN_NOT_OK(builder.Build(node.inputs[1], right));
  const Builder::SkipScope scope(
      &builder, [state] { return state->empty_without_right() && state->right->num_rows() == 0; });
  ARROW_RETURN_NOT_OK(builder.Build(
      node.inputs[0],
      downstream.Prepend(std::make_shared<LoopOperator>(state, TypesOf(node.output)))));
  if (state->right_outer) {
    builder.Add(std::make_shared<UnmatchedRightSource>(state), downstream);
  }
  return Status::OK();
}

}  // namespace emery::execution
