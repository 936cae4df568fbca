#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "execution/row_layout.h"
#include "functions/aggregate_function.h"

namespace emery::execution {

/// What a row of a GroupTable holds: hash (8 bytes), optionally the hash of the group's columns
/// alone (8 bytes), the key, then the aggregates' states.
struct GroupRowFormat {
  struct State {
    std::shared_ptr<const functions::BoundAggregate> function;
    size_t offset;
  };

  /// `key_types`: the columns by which rows are told apart. `with_partition_hash`: see GroupTable.
  GroupRowFormat(std::vector<type::TypePtr> key_types, bool with_partition_hash,
                 const std::vector<std::shared_ptr<const functions::BoundAggregate>>& functions);

  /// Makes the states of a new row.
  void InitStates(uint8_t* row) const {
    if (key_end != width) {
      std::memcpy(row + key_end, initial_states.data(), width - key_end);
      for (const State& state : owning_states) {
        state.function->Init(row + state.offset);
      }
    }
  }

  RowLayout keys;
  size_t partition_hash_offset;  // 0: the hash itself decides the partition
  size_t key_end;
  size_t width;
  std::vector<State> states;
  std::vector<State> owning_states;     // those that need Init and Destroy one by one
  std::vector<uint8_t> initial_states;  // bytes of new states

  bool owns_memory() const { return !owning_states.empty(); }
};

inline uint64_t HashOfRow(const uint8_t* row) {
  uint64_t hash;
  std::memcpy(&hash, row, sizeof hash);
  return hash;
}

inline void SetHashOfRow(uint8_t* row, uint64_t hash) {
  std::memcpy(row, &hash, sizeof hash);
}

/// A hash table of groups (Birler et al., DaMoN 2024): slots of 8 bytes, a 16-bit salt from the
/// hash and the address of the group's row, probed linearly. Rows stay where they are when the
/// table grows. Confined to one thread.
class GroupTable {
 public:
  explicit GroupTable(const GroupRowFormat* format);
  ~GroupTable();
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  /// The group of each of n staged rows (hash and key as in the format, `stride` bytes apart), made
  /// where it is missing.
  void FindOrInsert(const uint8_t* staged, size_t stride, int64_t n, uint8_t** groups);
  /// As FindOrInsert, but null where it is missing.
  void Find(const uint8_t* staged, size_t stride, int64_t n, uint8_t** groups) const;
  /// Gives each staged row a group of its own, without looking for an equal one.
  void AppendAll(const uint8_t* staged, size_t stride, int64_t n, uint8_t** groups);
  /// Takes in rows that live elsewhere: those of new groups become part of this table, states of
  /// others are merged into them.
  Status Adopt(uint8_t* const* rows, int64_t count);

  /// Forgets where groups are, so that AppendAll may follow.
  void DropSlots();

  bool has_slots() const { return !slots_.empty(); }

  int64_t num_rows() const { return blocks_.num_rows() + static_cast<int64_t>(adopted_.size()); }

  int64_t bytes() const {
    return blocks_.bytes() + static_cast<int64_t>(slots_.size() * 8 + adopted_.size() * 8);
  }

  /// All groups' rows, in the order in which they came.
  std::vector<uint8_t*> Rows() const;

  const GroupRowFormat& format() const { return *format_; }

 private:
  void Grow(int64_t rows_to_come);
  uint8_t* NewRow(const uint8_t* staged);
  Status Merge(const std::vector<uint8_t*>& into, const std::vector<uint8_t*>& from) const;

  const GroupRowFormat* format_;
  RowBlocks blocks_;
  std::vector<uint64_t> slots_;
  uint64_t mask_ = 0;
  std::vector<uint8_t*> adopted_;
};

}  // namespace emery::execution
