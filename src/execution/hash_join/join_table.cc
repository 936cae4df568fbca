#include "execution/hash_join/join_table.h"

#include <algorithm>
#include <utility>

namespace emery::execution {

namespace {

size_t DirectorySlots(int64_t num_rows) {
  size_t slots = 64;
  while (slots < static_cast<size_t>(num_rows) * 3 / 2) {
    slots *= 2;
  }
  return slots;
}

// A row that is in no chain; distinct from the end of a chain (0).
constexpr uint64_t kUnchained = 1;

}  // namespace

int64_t JoinTable::DirectoryBytes(int64_t num_rows) {
  return static_cast<int64_t>(DirectorySlots(num_rows) * 8);
}

int64_t JoinTable::bytes() const {
  int64_t bytes = directory_ != nullptr ? static_cast<int64_t>((mask_ + 1) * 8) : 0;
  for (const auto& blocks : blocks_) {
    bytes += blocks->bytes();
  }
  return bytes;
}

void JoinTable::Append(const columnar::Batch& batch, RowBlocks* blocks,
                       std::vector<uint8_t*>* unknown) {
  const JoinShape& shape = *shape_;
  std::vector<columnar::VectorPtr> keys;
  bool may_have_nulls = false;
  std::vector<size_t> checked;
  for (size_t k = 0; k < shape.build.keys.size(); ++k) {
    keys.push_back(batch.columns[shape.build.keys[k]]);
    const bool null_safe = shape.node->null_safe.size() > k && shape.node->null_safe[k];
    if (!null_safe &&
        (keys.back()->may_have_nulls() || keys.back()->physical() == type::PhysicalType::kNull)) {
      may_have_nulls = true;
      checked.push_back(k);
    }
  }
  std::vector<columnar::VectorPtr> payload;
  for (const int column : shape.payload_columns) {
    payload.push_back(batch.columns[column]);
  }
  // Rows to keep, and which of them can't be found by key.
  std::vector<int32_t> rows;
  std::vector<bool> unmatchable;
  const bool keep_all = shape.keeps_unmatchable_build_rows() || shape.three_valued;
  if (may_have_nulls) {
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      const bool null = std::any_of(checked.begin(), checked.end(), [&](size_t k) {
        return keys[k]->physical() == type::PhysicalType::kNull || keys[k]->IsNull(i);
      });
      if (!null || keep_all) {
        rows.push_back(static_cast<int32_t>(i));
        unmatchable.push_back(null);
      }
    }
  }
  const int64_t n = may_have_nulls ? static_cast<int64_t>(rows.size()) : batch.num_rows;
  if (n == 0) {
    return;
  }
  const int32_t* selection = may_have_nulls ? rows.data() : nullptr;
  uint8_t* base = blocks->AppendMany(n);
  const size_t width = shape.row_width;
  shape.key_layout.Write(keys, selection, n, base, width, &blocks->heap());
  shape.payload_layout.Write(payload, selection, n, base, width, &blocks->heap());
  const bool strings = shape.key_layout.has_strings() || shape.payload_layout.has_strings();
  for (int64_t i = 0; i < n; ++i) {
    uint8_t* row = base + i * width;
    const uint64_t hash = shape.key_layout.Hash(row);
    const uint64_t next = may_have_nulls && unmatchable[i] ? kUnchained : 0;
    std::memcpy(row, &hash, 8);
    std::memcpy(row + 8, &next, 8);
    if (strings) {
      shape.key_layout.OwnStrings(row, &blocks->heap());
      shape.payload_layout.OwnStrings(row, &blocks->heap());
    }
    if (shape.tracks_matches()) {
      std::memset(row + shape.matched_offset, 0, 8);
    }
    if (next == kUnchained && shape.three_valued) {
      unknown->push_back(row);
    }
  }
}

void JoinTable::AddBlocks(std::unique_ptr<RowBlocks> blocks, const std::vector<uint8_t*>& unknown) {
  const std::lock_guard<std::mutex> lock(mutex_);
  num_rows_ += blocks->num_rows();
  blocks_.push_back(std::move(blocks));
  unknown_.insert(unknown_.end(), unknown.begin(), unknown.end());
}

void JoinTable::InsertBlock(const RowBlocks::Block& block) {
  for (int64_t i = 0; i < block.count; ++i) {
    uint8_t* row = block.data->mutable_data() + i * shape_->row_width;
    uint64_t next;
    std::memcpy(&next, row + 8, 8);
    if (next == kUnchained) {
      continue;
    }
    const uint64_t hash = HashOf(row);
    std::atomic<uint64_t>& slot = directory_[hash & mask_];
    uint64_t old = slot.load(std::memory_order_relaxed);
    uint64_t wanted;
    do {
      const uint8_t* rest = RowOf(old);
      std::memcpy(row + 8, &rest, 8);
      wanted = (old & 0xFFFF000000000000u) | Tag(hash) | reinterpret_cast<uint64_t>(row);
    } while (!slot.compare_exchange_weak(old, wanted, std::memory_order_release,
                                         std::memory_order_relaxed));
  }
}

void JoinTable::MakeDirectory() {
  const size_t slots = DirectorySlots(num_rows_);
  directory_ = std::make_unique<std::atomic<uint64_t>[]>(slots);  // zeroed
  mask_ = slots - 1;
}

Status JoinTable::FinishAlone() {
  MakeDirectory();
  for (const auto& blocks : blocks_) {
    for (const RowBlocks::Block& block : blocks->blocks()) {
      InsertBlock(block);
    }
  }
  return Status::OK();
}

Status JoinTable::Finish(Runtime& runtime) {
  if (num_rows_ < 10000) {
    return FinishAlone();
  }
  MakeDirectory();
  std::vector<const RowBlocks::Block*> all;
  for (const auto& blocks : blocks_) {
    for (const RowBlocks::Block& block : blocks->blocks()) {
      all.push_back(&block);
    }
  }
  return runtime.ParallelFor(static_cast<int64_t>(all.size()), [&](int64_t i) {
    InsertBlock(*all[i]);
    return Status::OK();
  });
}

}  // namespace emery::execution
