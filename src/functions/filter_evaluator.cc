#include <algorithm>
#include <chrono>
#include <utility>

#include "functions/evaluator.h"
#include "functions/evaluator_internal.h"

namespace emery::functions {

using columnar::Batch;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

/// Batches between two looks at the order of the conjuncts.
constexpr int kBatchesPerOrder = 16;

struct Conjunct {
  Node* node = nullptr;
  int segment = 0;     // conjuncts move within their segment only
  double seconds = 0;  // decaying sums
  double rows_in = 0;
  double rows_out = 0;

  /// Cost per row that it drops (Hellerstein and Stonebraker, Predicate migration, SIGMOD 1993).
  double Rank() const {
    const double dropped = rows_in - rows_out;
    return seconds / std::max(dropped, rows_in * 1e-3 + 1e-9);
  }
};

/// Keeps those of `rows` (or of all rows, if `all`) for which `v` is true; `by_position`: v's row k
/// belongs to rows[k].
int64_t Keep(const Vector& v, bool all, bool by_position, int32_t* rows, int64_t count) {
  if (v.is_constant()) {
    if (v.IsNull(0) || v.values<uint8_t>()[0] == 0) {
      return 0;
    }
    if (all) {
      for (int64_t i = 0; i < count; ++i) {
        rows[i] = static_cast<int32_t>(i);
      }
    }
    return count;
  }
  const auto* values = v.values<uint8_t>();
  const uint64_t* validity = v.validity();
  int64_t kept = 0;
  // Written without branches: the row is stored in any case, and counted if it stays.
  if (all) {
    if (validity == nullptr) {
      for (int64_t i = 0; i < count; ++i) {
        rows[kept] = static_cast<int32_t>(i);
        kept += values[i];
      }
    } else {
      for (int64_t i = 0; i < count; ++i) {
        rows[kept] = static_cast<int32_t>(i);
        kept += values[i] & static_cast<uint8_t>(columnar::GetBit(validity, i));
      }
    }
    return kept;
  }
  for (int64_t k = 0; k < count; ++k) {
    const int32_t row = rows[k];
    const int64_t at = by_position ? k : row;
    const uint8_t valid =
        validity == nullptr ? 1 : static_cast<uint8_t>(columnar::GetBit(validity, at));
    rows[kept] = row;
    kept += values[at] & valid;
  }
  return kept;
}

class ConjunctFilter final : public FilterEvaluator {
 public:
  explicit ConjunctFilter(std::shared_ptr<const QueryContext> context)
      : program_(std::move(context)) {}

  Status Init(const plan::ExpressionList& conditions) {
    int segment = 0;
    for (const plan::ExpressionPtr& condition : conditions) {
      for (const plan::ExpressionPtr& part : plan::SplitConjuncts(condition)) {
        Conjunct conjunct;
        ARROW_ASSIGN_OR_RAISE(conjunct.node, program_.Add(part));
        // What can fail stays behind what was written before it, and before what follows.
        if (conjunct.node->can_fail) {
          ++segment;
        }
        conjunct.segment = segment;
        if (conjunct.node->can_fail) {
          ++segment;
        }
        conjuncts_.push_back(conjunct);
      }
    }
    // Until something is known, what costs little comes first.
    std::stable_sort(
        conjuncts_.begin(), conjuncts_.end(), [](const Conjunct& a, const Conjunct& b) {
          return a.segment != b.segment ? a.segment < b.segment : a.node->cost < b.node->cost;
        });
    return Status::OK();
  }

  Result<int64_t> Select(const Batch& batch, int32_t* rows) override {
    Frame frame(&batch, program_.num_nodes());
    int64_t count = batch.num_rows;
    bool all = true;
    const bool measure = conjuncts_.size() > 1;
    for (Conjunct& conjunct : conjuncts_) {
      if (count == 0) {
        break;
      }
      const auto start =
          measure ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
      const int64_t before = count;
      Node* node = conjunct.node;
      const bool dense =
          count == batch.num_rows || (!node->can_fail && (count * 2 > batch.num_rows));
      if (dense) {
        ARROW_ASSIGN_OR_RAISE(VectorPtr v, frame.Get(node));
        v = v->is_dictionary() ? columnar::Flatten(v) : v;
        count = Keep(*v, all, false, rows, count);
      } else {
        Frame inner(&frame, rows, count);
        ARROW_ASSIGN_OR_RAISE(VectorPtr v, inner.Get(node));
        v = v->is_dictionary() ? columnar::Flatten(v) : v;
        count = Keep(*v, false, true, rows, count);
      }
      all = false;
      if (measure) {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        conjunct.seconds += took.count();
        conjunct.rows_in += static_cast<double>(before);
        conjunct.rows_out += static_cast<double>(count);
      }
    }
    if (all) {
      for (int64_t i = 0; i < count; ++i) {
        rows[i] = static_cast<int32_t>(i);
      }
    }
    if (measure && ++batches_ % kBatchesPerOrder == 0) {
      Reorder();
    }
    return count;
  }

 private:
  void Reorder() {
    std::stable_sort(conjuncts_.begin(), conjuncts_.end(),
                     [](const Conjunct& a, const Conjunct& b) {
                       return a.segment != b.segment ? a.segment < b.segment : a.Rank() < b.Rank();
                     });
    for (Conjunct& conjunct : conjuncts_) {
      conjunct.seconds /= 2;
      conjunct.rows_in /= 2;
      conjunct.rows_out /= 2;
    }
  }

  Program program_;
  std::vector<Conjunct> conjuncts_;
  int64_t batches_ = 0;
};

}  // namespace

Result<std::unique_ptr<FilterEvaluator>> FilterEvaluator::Make(
    const plan::ExpressionList& conjuncts, std::shared_ptr<const QueryContext> context) {
  auto filter = std::make_unique<ConjunctFilter>(ContextOrDefault(std::move(context)));
  ARROW_RETURN_NOT_OK(filter->Init(conjuncts));
  return filter;
}

}  // namespace emery::functions
