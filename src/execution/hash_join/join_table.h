#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "execution/hash_join/join_shape.h"
#include "execution/runtime.h"

namespace emery::execution {

/// The hashed side of a join. A directory of 8-byte slots, each with the address of the first row
/// of a chain and 16 bits that say which hashes occur in it (Birler et al., DaMoN 2024), so that
/// most rows without a match cost one access. Built by several threads, then only read, but for the
/// marks of matched rows.
class JoinTable {
 public:
  explicit JoinTable(const JoinShape* shape) : shape_(shape) {}

  /// Adds rows; several threads may, each with its own blocks (AddBlocks). `batch` has the columns
  /// of shape.build. Rows with a null in a key that is not null-safe are not found by Lookup; they
  /// are left out unless they come out unmatched, or counted as unknown (then see unknown_rows).
  void Append(const columnar::Batch& batch, RowBlocks* blocks, std::vector<uint8_t*>* unknown);
  void AddBlocks(std::unique_ptr<RowBlocks> blocks, const std::vector<uint8_t*>& unknown);
  /// Makes the directory. After all AddBlocks.
  Status Finish(Runtime& runtime);
  /// As Finish, on the calling thread.
  Status FinishAlone();

  /// Bytes of the directory for so many rows.
  static int64_t DirectoryBytes(int64_t num_rows);

  int64_t num_rows() const { return num_rows_; }

  int64_t bytes() const;

  /// Start of the chain in which a row with `hash` would be, or null.
  const uint8_t* Lookup(uint64_t hash) const {
    const uint64_t slot = directory_[hash & mask_].load(std::memory_order_relaxed);
    return (slot & Tag(hash)) != 0 ? RowOf(slot) : nullptr;
  }

  void Prefetch(uint64_t hash) const { __builtin_prefetch(&directory_[hash & mask_]); }

  static uint64_t HashOf(const uint8_t* row) {
    uint64_t hash;
    std::memcpy(&hash, row, 8);
    return hash;
  }

  static const uint8_t* NextOf(const uint8_t* row) {
    const uint8_t* next;
    std::memcpy(&next, row + 8, 8);
    return next;
  }

  void MarkMatched(const uint8_t* row) const {
    auto* flag = const_cast<uint8_t*>(row) + shape_->matched_offset;
    __atomic_store_n(flag, 1, __ATOMIC_RELAXED);
  }

  bool IsMatched(const uint8_t* row) const {
    return __atomic_load_n(row + shape_->matched_offset, __ATOMIC_RELAXED) != 0;
  }

  /// All rows, in blocks; and those with a null key, where unknown counts.
  const std::vector<std::unique_ptr<RowBlocks>>& blocks() const { return blocks_; }

  const std::vector<uint8_t*>& unknown_rows() const { return unknown_; }

 private:
  static uint64_t Tag(uint64_t hash) { return uint64_t{1} << (48 + (hash >> 60)); }

  static uint8_t* RowOf(uint64_t slot) {
    return reinterpret_cast<uint8_t*>(slot & 0x0000FFFFFFFFFFFFu);
  }

  void MakeDirectory();
  void InsertBlock(const RowBlocks::Block& block);

  const JoinShape* shape_;
  std::mutex mutex_;  // guards blocks_ and unknown_ while building
  std::vector<std::unique_ptr<RowBlocks>> blocks_;
  std::vector<uint8_t*> unknown_;
  std::unique_ptr<std::atomic<uint64_t>[]> directory_;
  uint64_t mask_ = 0;
  int64_t num_rows_ = 0;
};

}  // namespace emery::execution
