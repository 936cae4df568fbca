#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "execution/hash_aggregate/aggregate_calls.h"
#include "execution/window/window_rows.h"

// Aggregates over frames, always many frames at a time so that the functions' vector kernels are
// used:
//   whole partitions   one state per partition
//   growing frames     one state per partition; step k adds what the k-th change of each partition
//   adds, and keeps a copy of the state short frames       one state per row; step k adds the k-th
//   row of every frame others             a tree of states over the rows (Leis et al., VLDB 2015),
//   of which each frame merges few nodes per level
namespace emery::execution {

using columnar::VectorPtr;
using functions::BoundAggregate;

namespace {

constexpr int64_t kChunkRows = 16 * columnar::kBatchSize;
constexpr int64_t kFanout = 16;
// Frames of up to this many rows on average are added row by row.
constexpr int64_t kShortFrame = 32;

/// An array of states of one function.
class StateArray {
 public:
  StateArray(const BoundAggregate& function, int64_t count)
      : function_(function),
        count_(count),
        stride_((function.state_size + 15) & ~size_t{15}),
        memory_(columnar::Buffer::AllocateZeroed(std::max<size_t>(count * stride_, 16))) {
    if (count > 0) {
      function.Init(At(0));
      for (int64_t i = 1; i < count; ++i) {
        if (function.owns_memory) {
          function.Init(At(i));
        } else {
          std::memcpy(At(i), At(0), function.state_size);
        }
      }
    }
  }

  ~StateArray() {
    if (function_.owns_memory) {
      for (int64_t i = 0; i < count_; ++i) {
        function_.Destroy(At(i));
      }
    }
  }

  StateArray(const StateArray&) = delete;
  StateArray& operator=(const StateArray&) = delete;

  uint8_t* At(int64_t i) { return memory_->mutable_data() + i * stride_; }

  int64_t count() const { return count_; }

  /// Results of states [0, count).
  Result<VectorPtr> Finalize() {
    std::vector<VectorPtr> pieces;
    std::vector<const void*> states;
    for (int64_t begin = 0; begin < count_; begin += kChunkRows) {
      const int64_t n = std::min(kChunkRows, count_ - begin);
      states.resize(n);
      for (int64_t i = 0; i < n; ++i) {
        states[i] = At(begin + i);
      }
      ARROW_ASSIGN_OR_RAISE(VectorPtr piece, function_.Finalize(states.data(), n));
      pieces.push_back(std::move(piece));
    }
    return pieces.size() == 1 ? pieces[0] : columnar::Concat(function_.return_type, pieces);
  }

 private:
  const BoundAggregate& function_;
  int64_t count_;
  size_t stride_;
  columnar::BufferPtr memory_;
};

class FrameAggregation {
 public:
  FrameAggregation(const BoundAggregate& function, const std::vector<VectorPtr>& arguments,
                   const VectorPtr& filter, const WindowRows& rows, const Frames& frames,
                   Runtime& runtime)
      : function_(function),
        arguments_(arguments),
        rows_(rows),
        frames_(frames),
        runtime_(runtime),
        n_(rows.num_rows()) {
    if (filter != nullptr) {
      const columnar::VectorReader<uint8_t> reader(*filter);
      counts_.resize(n_);
      for (int64_t i = 0; i < n_; ++i) {
        counts_[i] = !reader.IsNull(i) && reader[i] != 0;
      }
    }
  }

  Result<VectorPtr> Compute() {
    if (frames_.starts_with_partition && frames_.ends_with_partition) {
      return WholePartitions();
    }
    // In a single partition without ORDER BY the frame up to the current peers is the whole
    // partition, too.
    bool whole = true;
    int64_t total = 0;
    for (int64_t i = 0; i < n_; ++i) {
      whole = whole && frames_.begin[i] == rows_.partition_begin[i] &&
              frames_.end[i] == rows_.partition_end[i];
      total += frames_.end[i] - frames_.begin[i];
    }
    if (whole) {
      return WholePartitions();
    }
    if (frames_.starts_with_partition) {
      return GrowingFrames();
    }
    return total <= kShortFrame * n_ ? ShortFrames() : TreeFrames();
  }

 private:
  bool Counts(int64_t row) const { return counts_.empty() || counts_[row]; }

  // Adds row `added[i]` to states[i].
  Status Add(std::vector<int32_t>& added, std::vector<void*>& states) {
    if (added.empty()) {
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(runtime_.Check());
    const auto count = static_cast<int64_t>(added.size());
    std::vector<VectorPtr> gathered;
    gathered.reserve(arguments_.size());
    for (const VectorPtr& argument : arguments_) {
      gathered.push_back(columnar::Gather(argument, added.data(), count));
    }
    ARROW_RETURN_NOT_OK(function_.Update(states.data(), gathered, count));
    added.clear();
    states.clear();
    return Status::OK();
  }

  Status AddWhenFull(std::vector<int32_t>& added, std::vector<void*>& states) {
    return static_cast<int64_t>(added.size()) >= kChunkRows ? Add(added, states) : Status::OK();
  }

  Result<VectorPtr> WholePartitions() {
    std::vector<int32_t> partition_of(n_);
    int32_t partition = -1;
    for (int64_t i = 0; i < n_; ++i) {
      partition += rows_.partition_begin[i] == i ? 1 : 0;
      partition_of[i] = partition;
    }
    StateArray states(function_, partition + 1);
    std::vector<int32_t> added;
    std::vector<void*> targets;
    for (int64_t i = 0; i < n_; ++i) {
      if (Counts(i)) {
        added.push_back(static_cast<int32_t>(i));
        targets.push_back(states.At(partition_of[i]));
        ARROW_RETURN_NOT_OK(AddWhenFull(added, targets));
      }
    }
    ARROW_RETURN_NOT_OK(Add(added, targets));
    ARROW_ASSIGN_OR_RAISE(const VectorPtr results, states.Finalize());
    return columnar::Gather(results, partition_of.data(), n_);
  }

  // Frames that begin with the partition and whose end never falls.
  Result<VectorPtr> GrowingFrames() {
    // Rows where the frame's end changes: each needs a result; the rows after it share it.
    std::vector<int32_t> steps;
    std::vector<int32_t> step_of(n_);
    std::vector<int32_t> first_steps;  // of each partition, and one past the last
    for (int64_t i = 0; i < n_; ++i) {
      const bool first = rows_.partition_begin[i] == i;
      if (first) {
        first_steps.push_back(static_cast<int32_t>(steps.size()));
      }
      if (first || frames_.end[i] != frames_.end[i - 1]) {
        steps.push_back(static_cast<int32_t>(i));
      }
      step_of[i] = static_cast<int32_t>(steps.size()) - 1;
    }
    const auto num_partitions = static_cast<int64_t>(first_steps.size());
    first_steps.push_back(static_cast<int32_t>(steps.size()));
    StateArray running(function_, num_partitions);
    const bool copies = !function_.owns_memory;
    std::unique_ptr<StateArray> kept;
    std::vector<VectorPtr> results;
    std::vector<int32_t> result_of(steps.size());
    if (copies) {
      kept = std::make_unique<StateArray>(function_, static_cast<int64_t>(steps.size()));
    }
    // Partitions that have a k-th step.
    std::vector<int32_t> active(num_partitions);
    for (int64_t p = 0; p < num_partitions; ++p) {
      active[p] = static_cast<int32_t>(p);
    }
    std::vector<int32_t> added;
    std::vector<void*> targets;
    int32_t num_results = 0;
    for (int32_t k = 0; !active.empty(); ++k) {
      for (const int32_t p : active) {
        const int32_t step = first_steps[p] + k;
        const int32_t row = steps[step];
        const int32_t from = k == 0 ? frames_.begin[row] : frames_.end[steps[step - 1]];
        for (int32_t r = from; r < frames_.end[row]; ++r) {
          if (Counts(r)) {
            added.push_back(r);
            targets.push_back(running.At(p));
          }
        }
        ARROW_RETURN_NOT_OK(AddWhenFull(added, targets));
      }
      ARROW_RETURN_NOT_OK(Add(added, targets));
      if (copies) {
        for (const int32_t p : active) {
          std::memcpy(kept->At(first_steps[p] + k), running.At(p), function_.state_size);
        }
      } else {
        std::vector<const void*> states;
        for (const int32_t p : active) {
          states.push_back(running.At(p));
          result_of[first_steps[p] + k] = num_results++;
        }
        ARROW_ASSIGN_OR_RAISE(
            VectorPtr piece,
            function_.Finalize(states.data(), static_cast<int64_t>(states.size())));
        results.push_back(std::move(piece));
      }
      std::erase_if(active,
                    [&](int32_t p) { return first_steps[p] + k + 1 >= first_steps[p + 1]; });
    }
    if (copies) {
      ARROW_ASSIGN_OR_RAISE(const VectorPtr all, kept->Finalize());
      return columnar::Gather(all, step_of.data(), n_);
    }
    for (int32_t& step : step_of) {
      step = result_of[step];
    }
    const VectorPtr all = columnar::Concat(function_.return_type, results);
    return columnar::Gather(all, step_of.data(), n_);
  }

  Result<VectorPtr> ShortFrames() {
    StateArray states(function_, n_);
    std::vector<int32_t> active(n_);
    for (int64_t i = 0; i < n_; ++i) {
      active[i] = static_cast<int32_t>(i);
    }
    std::vector<int32_t> added;
    std::vector<void*> targets;
    for (int32_t k = 0; !active.empty(); ++k) {
      std::erase_if(active, [&](int32_t i) { return frames_.begin[i] + k >= frames_.end[i]; });
      for (const int32_t i : active) {
        const int32_t row = frames_.begin[i] + k;
        if (Counts(row)) {
          added.push_back(row);
          targets.push_back(states.At(i));
          ARROW_RETURN_NOT_OK(AddWhenFull(added, targets));
        }
      }
      ARROW_RETURN_NOT_OK(Add(added, targets));
    }
    return states.Finalize();
  }

  // Merges node `nodes[i]` of `level` into states[i].
  Status MergeNodes(StateArray& level, std::vector<int32_t>& nodes, std::vector<void*>& states) {
    if (nodes.empty()) {
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(runtime_.Check());
    const auto count = static_cast<int64_t>(nodes.size());
    std::vector<const void*> sources(count);
    for (int64_t i = 0; i < count; ++i) {
      sources[i] = level.At(nodes[i]);
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<VectorPtr> intermediates,
                          function_.Export(sources.data(), count));
    ARROW_RETURN_NOT_OK(function_.Merge(states.data(), intermediates, count));
    nodes.clear();
    states.clear();
    return Status::OK();
  }

  Result<VectorPtr> TreeFrames() {
    // Level l has a state for every kFanout^(l + 1) rows.
    std::vector<std::unique_ptr<StateArray>> levels;
    std::vector<int32_t> added;
    std::vector<void*> targets;
    int64_t width = (n_ + kFanout - 1) / kFanout;
    levels.push_back(std::make_unique<StateArray>(function_, width));
    for (int64_t i = 0; i < n_; ++i) {
      if (Counts(i)) {
        added.push_back(static_cast<int32_t>(i));
        targets.push_back(levels[0]->At(i / kFanout));
        ARROW_RETURN_NOT_OK(AddWhenFull(added, targets));
      }
    }
    ARROW_RETURN_NOT_OK(Add(added, targets));
    while (width > kFanout) {
      const int64_t below = width;
      width = (width + kFanout - 1) / kFanout;
      auto level = std::make_unique<StateArray>(function_, width);
      std::vector<int32_t> nodes;
      for (int64_t i = 0; i < below; ++i) {
        nodes.push_back(static_cast<int32_t>(i));
        targets.push_back(level->At(i / kFanout));
        if (static_cast<int64_t>(nodes.size()) >= kChunkRows) {
          ARROW_RETURN_NOT_OK(MergeNodes(*levels.back(), nodes, targets));
        }
      }
      ARROW_RETURN_NOT_OK(MergeNodes(*levels.back(), nodes, targets));
      levels.push_back(std::move(level));
    }
    StateArray states(function_, n_);
    // From the left: rows up to a node's edge, nodes up to the edge of one above, … then down again
    // on the right. `left` and `right` bound what is still to be added, counted in units of the
    // level below.
    std::vector<int64_t> left(frames_.begin.begin(), frames_.begin.end());
    std::vector<int64_t> right(frames_.end.begin(), frames_.end.end());
    const auto num_levels = static_cast<int>(levels.size());
    // Right parts are added after everything left of them, so they are remembered: per level,
    // [begin, end) of each row.
    std::vector<std::vector<std::pair<int32_t, int32_t>>> rest(num_levels + 1);
    const auto add_units =
        [&](int level, const std::function<std::pair<int64_t, int64_t>(int64_t)>& range) -> Status {
      // level -1: rows; else nodes of levels[level].
      std::vector<int32_t> active;
      for (int64_t i = 0; i < n_; ++i) {
        const auto [begin, end] = range(i);
        if (begin < end) {
          active.push_back(static_cast<int32_t>(i));
        }
      }
      for (int64_t k = 0; !active.empty(); ++k) {
        std::vector<int32_t> units;
        std::vector<void*> into;
        for (const int32_t i : active) {
          const int64_t unit = range(i).first + k;
          if (level < 0 && !Counts(unit)) {
            continue;
          }
          units.push_back(static_cast<int32_t>(unit));
          into.push_back(states.At(i));
          if (static_cast<int64_t>(units.size()) >= kChunkRows) {
            ARROW_RETURN_NOT_OK(level < 0 ? Add(units, into)
                                          : MergeNodes(*levels[level], units, into));
          }
        }
        ARROW_RETURN_NOT_OK(level < 0 ? Add(units, into) : MergeNodes(*levels[level], units, into));
        std::erase_if(active, [&](int32_t i) {
          const auto [begin, end] = range(i);
          return begin + k + 1 >= end;
        });
      }
      return Status::OK();
    };
    for (int level = 0; level <= num_levels; ++level) {
      // Units of this step: rows at level 0, else nodes of levels[level - 1].
      std::vector<std::pair<int32_t, int32_t>> now(n_);
      rest[level].resize(n_);
      for (int64_t i = 0; i < n_; ++i) {
        const int64_t up_left = (left[i] + kFanout - 1) / kFanout;
        const int64_t up_right = right[i] / kFanout;
        if (level == num_levels || up_left >= up_right) {
          // No node above fits in: all of it here.
          now[i] = {static_cast<int32_t>(left[i]), static_cast<int32_t>(right[i])};
          rest[level][i] = {0, 0};
          left[i] = 0;
          right[i] = 0;
        } else {
          now[i] = {static_cast<int32_t>(left[i]), static_cast<int32_t>(up_left * kFanout)};
          rest[level][i] = {static_cast<int32_t>(up_right * kFanout),
                            static_cast<int32_t>(right[i])};
          left[i] = up_left;
          right[i] = up_right;
        }
      }
      ARROW_RETURN_NOT_OK(add_units(level - 1, [&](int64_t i) {
        return std::pair<int64_t, int64_t>(now[i].first, now[i].second);
      }));
    }
    for (int level = num_levels; level >= 0; --level) {
      ARROW_RETURN_NOT_OK(add_units(level - 1, [&](int64_t i) {
        return std::pair<int64_t, int64_t>(rest[level][i].first, rest[level][i].second);
      }));
    }
    return states.Finalize();
  }

  const BoundAggregate& function_;
  const std::vector<VectorPtr>& arguments_;
  const WindowRows& rows_;
  const Frames& frames_;
  Runtime& runtime_;
  const int64_t n_;
  std::vector<bool> counts_;  // per row whether FILTER lets it in; empty: all
};

}  // namespace

Result<VectorPtr> ComputeWindowAggregate(const physical::WindowCall& call,
                                         const std::vector<VectorPtr>& arguments,
                                         const VectorPtr& filter, const WindowRows& rows,
                                         const Frames& frames, Runtime& runtime) {
  ARROW_ASSIGN_OR_RAISE(const auto function,
                        BindAggregate(call.name, call.arguments, call.mode, *runtime.context()));
  if (call.distinct && !function->duplicate_insensitive) {
    return base::Unsupported("DISTINCT in window function " + base::QuoteIdentifier(call.name));
  }
  return FrameAggregation(*function, arguments, filter, rows, frames, runtime).Compute();
}

}  // namespace emery::execution
