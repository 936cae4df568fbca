#include <algorithm>
#include <atomic>

#include "execution/builder.h"

namespace emery::execution {

namespace {

/// start, start + step, …: morsels of kMorselRows rows, computed without overflow also where start
/// and end are far apart.
class RangeSource final : public Source {
 public:
  RangeSource(const physical::Range& node, Runtime* runtime)
      : Source(runtime->StatisticsOf(node)), node_(node) {
    const auto distance = static_cast<__int128>(node.end) - node.start;
    const __int128 step = node.step;
    const bool empty = distance == 0 || (distance > 0) != (step > 0);
    num_rows_ = empty ? 0 : (distance + step - (step > 0 ? 1 : -1)) / step;
  }

  int MaxThreads() const override {
    return static_cast<int>(std::min<__int128>(1 << 10, num_rows_ / kMorselRows + 1));
  }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext&) override {
    return std::make_unique<Local>();
  }

  Result<Step> Next(TaskContext& context, LocalState* state, columnar::Batch* batch) override {
    auto* local = static_cast<Local*>(state);
    if (!local->in_morsel) {
      context.morsel = next_morsel_.fetch_add(1);
      local->next = static_cast<__int128>(context.morsel) * kMorselRows;
      if (local->next >= num_rows_) {
        return Step::kEnd;
      }
      local->end = std::min<__int128>(num_rows_, local->next + kMorselRows);
      local->in_morsel = true;
    }
    if (local->next == local->end) {
      local->in_morsel = false;
      return Step::kMorselEnd;
    }
    const auto count =
        static_cast<int64_t>(std::min<__int128>(columnar::kBatchSize, local->end - local->next));
    columnar::FlatWriter writer(type::Long(), count);
    auto* values = writer.values<int64_t>();
    // Wraps only where the true values do not reach: all are between start and end.
    auto value = static_cast<uint64_t>(node_.start) +
                 static_cast<uint64_t>(local->next) * static_cast<uint64_t>(node_.step);
    for (int64_t i = 0; i < count; ++i) {
      values[i] = static_cast<int64_t>(value);
      value += static_cast<uint64_t>(node_.step);
    }
    local->next += count;
    batch->num_rows = count;
    batch->columns.push_back(writer.Finish(count));
    return Step::kBatch;
  }

 private:
  static constexpr int64_t kMorselRows = 64 * columnar::kBatchSize;

  struct Local final : LocalState {
    bool in_morsel = false;
    __int128 next = 0;
    __int128 end = 0;
  };

  const physical::Range& node_;
  __int128 num_rows_;
  std::atomic<int64_t> next_morsel_{0};
};

}  // namespace

Status BuildRange(Builder& builder, const physical::Range& node, const Chain& downstream) {
  builder.Add(std::make_shared<RangeSource>(node, builder.runtime()), downstream);
  return Status::OK();
}

}  // namespace emery::execution
