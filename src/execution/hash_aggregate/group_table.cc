#include "execution/hash_aggregate/group_table.h"

#include <algorithm>
#include <utility>

namespace emery::execution {

namespace {

constexpr uint64_t kSaltMask = 0xFFFF000000000000u;
constexpr uint64_t kPointerMask = ~kSaltMask;
constexpr size_t kSlotsMin = 1024;
constexpr int64_t kPrefetchDistance = 12;

size_t RoundUp(size_t n, size_t to) {
  return (n + to - 1) / to * to;
}

uint64_t MakeSlot(uint64_t hash, const uint8_t* row) {
  return (hash & kSaltMask) | reinterpret_cast<uint64_t>(row);
}

uint8_t* RowOf(uint64_t slot) {
  return reinterpret_cast<uint8_t*>(slot & kPointerMask);
}

}  // namespace

GroupRowFormat::GroupRowFormat(
    std::vector<type::TypePtr> key_types, bool with_partition_hash,
    const std::vector<std::shared_ptr<const functions::BoundAggregate>>& functions) {
  partition_hash_offset = with_partition_hash ? 8 : 0;
  const std::vector<bool> nullable(key_types.size(), true);
  RowLayout::Options options;
  options.start = with_partition_hash ? 16 : 8;
  options.normalize_floats = true;
  keys = RowLayout(std::move(key_types), nullable, options);
  key_end = keys.end();
  size_t offset = key_end;
  size_t alignment = 8;
  for (const auto& function : functions) {
    const size_t needed = std::max<size_t>(function->state_alignment, 1);
    alignment = std::max(alignment, needed);
    offset = RoundUp(offset, needed);
    states.push_back({function, offset});
    if (function->owns_memory) {
      owning_states.push_back(states.back());
    }
    offset += function->state_size;
  }
  width = RoundUp(offset, alignment);
  // Aligned as the rows are, since Init may write whole words.
  const columnar::BufferPtr row = columnar::Buffer::AllocateZeroed(width);
  for (const State& state : states) {
    if (!state.function->owns_memory) {
      state.function->Init(row->mutable_data() + state.offset);
    }
  }
  initial_states.assign(row->data() + key_end, row->data() + width);
}

GroupTable::GroupTable(const GroupRowFormat* format) : format_(format), blocks_(format->width) {
  slots_.resize(kSlotsMin, 0);
  mask_ = slots_.size() - 1;
}

GroupTable::~GroupTable() {
  if (!format_->owns_memory()) {
    return;
  }
  for (const RowBlocks::Block& block : blocks_.blocks()) {
    for (int64_t i = 0; i < block.count; ++i) {
      uint8_t* row = block.data->mutable_data() + i * format_->width;
      for (const GroupRowFormat::State& state : format_->owning_states) {
        state.function->Destroy(row + state.offset);
      }
    }
  }
}

void GroupTable::Grow(int64_t rows_to_come) {
  const auto needed = static_cast<size_t>((num_rows() + rows_to_come) * 2);
  if (needed <= slots_.size()) {
    return;
  }
  size_t size = slots_.size();
  while (size < needed) {
    size *= 2;
  }
  std::vector<uint64_t> slots(size, 0);
  const uint64_t mask = size - 1;
  const auto insert = [&](uint8_t* row) {
    const uint64_t hash = HashOfRow(row);
    uint64_t i = hash & mask;
    while (slots[i] != 0) {
      i = (i + 1) & mask;
    }
    slots[i] = MakeSlot(hash, row);
  };
  for (const RowBlocks::Block& block : blocks_.blocks()) {
    for (int64_t i = 0; i < block.count; ++i) {
      insert(block.data->mutable_data() + i * format_->width);
    }
  }
  for (uint8_t* row : adopted_) {
    insert(row);
  }
  slots_ = std::move(slots);
  mask_ = mask;
}

uint8_t* GroupTable::NewRow(const uint8_t* staged) {
  uint8_t* row = blocks_.Append();
  std::memcpy(row, staged, format_->key_end);
  if (format_->keys.has_strings()) {
    format_->keys.OwnStrings(row, &blocks_.heap());
  }
  format_->InitStates(row);
  return row;
}

void GroupTable::FindOrInsert(const uint8_t* staged, size_t stride, int64_t n, uint8_t** groups) {
  Grow(n);
  const RowLayout& keys = format_->keys;
  for (int64_t i = 0; i < n; ++i) {
    if (i + kPrefetchDistance < n) {
      __builtin_prefetch(&slots_[HashOfRow(staged + (i + kPrefetchDistance) * stride) & mask_]);
    }
    const uint8_t* wanted = staged + i * stride;
    const uint64_t hash = HashOfRow(wanted);
    uint64_t at = hash & mask_;
    while (true) {
      const uint64_t slot = slots_[at];
      if (slot == 0) {
        groups[i] = NewRow(wanted);
        slots_[at] = MakeSlot(hash, groups[i]);
        break;
      }
      if (((slot ^ hash) & kSaltMask) == 0 && keys.Equal(RowOf(slot), wanted)) {
        groups[i] = RowOf(slot);
        break;
      }
      at = (at + 1) & mask_;
    }
  }
}

void GroupTable::Find(const uint8_t* staged, size_t stride, int64_t n, uint8_t** groups) const {
  for (int64_t i = 0; i < n; ++i) {
    const uint8_t* wanted = staged + i * stride;
    const uint64_t hash = HashOfRow(wanted);
    uint64_t at = hash & mask_;
    groups[i] = nullptr;
    for (; slots_[at] != 0; at = (at + 1) & mask_) {
      const uint64_t slot = slots_[at];
      if (((slot ^ hash) & kSaltMask) == 0 && format_->keys.Equal(RowOf(slot), wanted)) {
        groups[i] = RowOf(slot);
        break;
      }
    }
  }
}

void GroupTable::AppendAll(const uint8_t* staged, size_t stride, int64_t n, uint8_t** groups) {
  for (int64_t i = 0; i < n; ++i) {
    groups[i] = NewRow(staged + i * stride);
  }
}

Status GroupTable::Adopt(uint8_t* const* rows, int64_t count) {
  Grow(count);
  std::vector<uint8_t*> into;
  std::vector<uint8_t*> from;
  for (int64_t i = 0; i < count; ++i) {
    if (i + kPrefetchDistance < count) {
      __builtin_prefetch(rows[i + kPrefetchDistance]);
    }
    uint8_t* row = rows[i];
    const uint64_t hash = HashOfRow(row);
    uint64_t at = hash & mask_;
    while (true) {
      const uint64_t slot = slots_[at];
      if (slot == 0) {
        slots_[at] = MakeSlot(hash, row);
        adopted_.push_back(row);
        break;
      }
      if (((slot ^ hash) & kSaltMask) == 0 && format_->keys.Equal(RowOf(slot), row)) {
        into.push_back(RowOf(slot));
        from.push_back(row);
        break;
      }
      at = (at + 1) & mask_;
    }
    if (static_cast<int64_t>(into.size()) == columnar::kBatchSize) {
      ARROW_RETURN_NOT_OK(Merge(into, from));
      into.clear();
      from.clear();
    }
  }
  return Merge(into, from);
}

Status GroupTable::Merge(const std::vector<uint8_t*>& into,
                         const std::vector<uint8_t*>& from) const {
  const auto n = static_cast<int64_t>(into.size());
  if (n == 0) {
    return Status::OK();
  }
  std::vector<void*> targets(n);
  std::vector<const void*> sources(n);
  for (const GroupRowFormat::State& state : format_->states) {
    for (int64_t i = 0; i < n; ++i) {
      targets[i] = into[i] + state.offset;
      sources[i] = from[i] + state.offset;
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<columnar::VectorPtr> intermediates,
                          state.function->Export(sources.data(), n));
    ARROW_RETURN_NOT_OK(state.function->Merge(targets.data(), intermediates, n));
  }
  return Status::OK();
}

void GroupTable::DropSlots() {
  slots_.clear();
  slots_.shrink_to_fit();
}

std::vector<uint8_t*> GroupTable::Rows() const {
  std::vector<uint8_t*> rows;
  rows.reserve(num_rows());
  for (const RowBlocks::Block& block : blocks_.blocks()) {
    for (int64_t i = 0; i < block.count; ++i) {
      rows.push_back(block.data->mutable_data() + i * format_->width);
    }
  }
  rows.insert(rows.end(), adopted_.begin(), adopted_.end());
  return rows;
}

}  // namespace emery::execution
