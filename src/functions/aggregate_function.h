#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columnar/vector.h"
#include "functions/scalar_function.h"

namespace emery::functions {

/// A bound aggregate: how its per-group states, which lie in rows of a hash table, are kept.
/// Immutable, shared by threads; a state is touched by one thread at a time. States are trivially
/// movable by memcpy (pointers to heap memory move along); those that own memory set `owns_memory`
/// and get Destroy.
class BoundAggregate {
 public:
  virtual ~BoundAggregate() = default;

  std::vector<type::TypePtr> argument_types;  // the analyzer casts to them
  type::TypePtr return_type;
  std::optional<bool> nullable;  // unset: nullable
  /// Types of the columns that hold a state in flight (partial aggregation, spill).
  std::vector<type::TypePtr> intermediate_types;
  size_t state_size = 0;  // bytes
  size_t state_alignment = 8;
  bool owns_memory = false;
  bool order_sensitive = false;  // first, last, collect_list: input order shows in the result
  /// Feeding a value twice changes nothing (min, max, bool_and): DISTINCT is a no-op.
  bool duplicate_insensitive = false;

  virtual void Init(void* state) const = 0;
  /// Adds row i of `arguments` to states[i] for all i < num_rows. Nulls are the function's
  /// business.
  virtual Status Update(void* const* states, const std::vector<VectorPtr>& arguments,
                        int64_t num_rows) const = 0;
  /// Adds all rows to the one `state` (no GROUP BY; window frames).
  virtual Status UpdateSingle(void* state, const std::vector<VectorPtr>& arguments,
                              int64_t num_rows) const = 0;
  /// Adds row i of intermediate columns to states[i].
  virtual Status Merge(void* const* states, const std::vector<VectorPtr>& intermediates,
                       int64_t num_rows) const = 0;
  /// Intermediate columns of the states; they stay valid.
  virtual Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const = 0;
  /// Results; the states stay valid (windows go on adding).
  virtual Result<VectorPtr> Finalize(const void* const* states, int64_t count) const = 0;
  /// Removes rows that were added before, in the order they were added (moving frames). Only where
  /// `invertible`.
  bool invertible = false;
  virtual Status Remove(void* state, const std::vector<VectorPtr>& arguments,
                        int64_t num_rows) const;
  virtual void Destroy(void* state) const;
  /// Bytes that a state owns outside itself, for the memory budget.
  virtual int64_t OwnedBytes(const void* state) const;
};

struct AggregateFunction {
  std::string name;
  std::vector<std::string> aliases;
  int min_arguments = 1;
  int max_arguments = 1;
  bool allows_distinct = true;
  std::function<Result<std::shared_ptr<const BoundAggregate>>(const BindInput&)> bind;
  std::string description;
  std::vector<ScalarFunction::Example> examples;
  std::string since;
};

/// row_number, rank, dense_rank, percent_rank, cume_dist, ntile, lag, lead, first_value,
/// last_value, nth_value: computed by the window operator; here are their types.
struct WindowFunction {
  std::string name;
  std::vector<std::string> aliases;
  int min_arguments = 0;
  int max_arguments = 0;
  bool needs_order = true;
  bool uses_frame = false;  // nth_value and the like; others ignore the frame
  std::function<Result<BoundScalar>(const BindInput&)> bind;  // kernel stays empty
  std::string description;
  std::vector<ScalarFunction::Example> examples;
  std::string since;
};

/// explode, posexplode, inline, stack, json_tuple …: any number of rows for each input row.
struct BoundGenerator {
  std::vector<type::TypePtr> argument_types;
  type::Schema output;

  /// Rows of `output` for all input rows; `row_of[i]` is the input row of output row i, ascending.
  /// An input row may give none.
  struct Result_ {
    std::vector<VectorPtr> columns;
    std::vector<int32_t> row_of;
  };

  std::function<Result<Result_>(const KernelArguments&)> kernel;
  std::shared_ptr<const KernelState> state;
};

struct GeneratorFunction {
  std::string name;
  std::vector<std::string> aliases;
  int min_arguments = 1;
  int max_arguments = 1;
  std::function<Result<BoundGenerator>(const BindInput&)> bind;
  std::string description;
  std::vector<ScalarFunction::Example> examples;
  std::string since;
};

}  // namespace emery::functions
