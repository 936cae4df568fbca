#include "execution/batch_store.h"

#include <utility>

#include "execution/batch_encoding.h"

namespace emery::execution {

using columnar::Batch;
using columnar::Vector;
using columnar::VectorPtr;

int64_t KeptBytes::Of(const Batch& batch) {
  last_bases_.resize(batch.columns.size(), nullptr);
  int64_t bytes = 64;
  for (size_t c = 0; c < batch.columns.size(); ++c) {
    const Vector& column = *batch.columns[c];
    if (column.is_dictionary()) {
      bytes += batch.num_rows * static_cast<int64_t>(sizeof(int32_t));
      if (last_bases_[c] != column.base().get()) {
        last_bases_[c] = column.base().get();
        bytes += columnar::MemoryBytes(*column.base());
      }
    } else if (column.is_flat() && column.physical() == type::PhysicalType::kString) {
      // Pieces of one batch share its strings: each counts its own.
      const auto* values = column.values<columnar::StringView>();
      bytes += batch.num_rows * static_cast<int64_t>(sizeof(columnar::StringView));
      for (int64_t i = 0; i < batch.num_rows; ++i) {
        bytes += values[i].is_inline() ? 0 : values[i].size();
      }
    } else {
      bytes += columnar::MemoryBytes(column);
    }
  }
  return bytes;
}

bool BatchStore::TryAppend(const Batch& batch) {
  if (always_spill_) {
    return false;
  }
  const int64_t bytes = kept_.Of(batch);
  if (!memory_.TryResize(bytes_in_memory_ + bytes)) {
    kept_.Reset();
    return false;
  }
  Entry entry;
  entry.batch = batch;
  entry.num_rows = batch.num_rows;
  entry.bytes = bytes;
  entries_.push_back(std::move(entry));
  bytes_in_memory_ += bytes;
  total_bytes_ += bytes;
  num_rows_ += batch.num_rows;
  return true;
}

Status BatchStore::Append(Batch batch) {
  if (TryAppend(batch)) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(Spill());
  Entry entry;
  entry.batch = std::move(batch);
  entry.num_rows = entry.batch.num_rows;
  entry.bytes = kept_.Of(entry.batch);
  total_bytes_ += entry.bytes;
  num_rows_ += entry.num_rows;
  ARROW_RETURN_NOT_OK(Write(&entry));
  entries_.push_back(std::move(entry));
  return Status::OK();
}

Status BatchStore::Write(Entry* entry) {
  if (file_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(std::unique_ptr<io::SpillFile> file, runtime_->NewSpillFile());
    file_ = std::move(file);
    files_.push_back(file_);
  }
  EncodeBatch(entry->batch, &scratch_);
  ARROW_ASSIGN_OR_RAISE(entry->block, file_->Append(scratch_));
  entry->file = file_.get();
  entry->batch = Batch();
  statistics_->spilled_bytes.fetch_add(entry->block.stored_bytes, std::memory_order_relaxed);
  return Status::OK();
}

Status BatchStore::Spill(bool all_later) {
  always_spill_ = always_spill_ || all_later;
  for (Entry& entry : entries_) {
    if (entry.file == nullptr && entry.num_rows > 0) {
      ARROW_RETURN_NOT_OK(Write(&entry));
    }
  }
  bytes_in_memory_ = 0;
  kept_.Reset();
  memory_.Force(0);
  return Status::OK();
}

void BatchStore::TakeAll(BatchStore* other) {
  for (Entry& entry : other->entries_) {
    entries_.push_back(std::move(entry));
  }
  files_.insert(files_.end(), other->files_.begin(), other->files_.end());
  num_rows_ += other->num_rows_;
  total_bytes_ += other->total_bytes_;
  bytes_in_memory_ += other->bytes_in_memory_;
  other->memory_.Force(0);
  memory_.Force(bytes_in_memory_);
  other->Clear();
}

void BatchStore::Clear() {
  entries_.clear();
  files_.clear();
  file_ = nullptr;
  num_rows_ = 0;
  total_bytes_ = 0;
  bytes_in_memory_ = 0;
  kept_.Reset();
  memory_.Force(0);
}

Result<Batch> BatchStore::Get(int64_t i) const {
  const Entry& entry = entries_[i];
  if (entry.file == nullptr) {
    return entry.batch;
  }
  ARROW_ASSIGN_OR_RAISE(const io::Bytes bytes, entry.file->Read(entry.block));
  return DecodeBatch(types_, bytes);
}

void BatchStore::Drop(int64_t i) {
  Entry& entry = entries_[i];
  if (entry.file == nullptr) {
    entry.batch = Batch();
    bytes_in_memory_ -= entry.bytes;
    entry.bytes = 0;
    memory_.Force(bytes_in_memory_);
  }
}

}  // namespace emery::execution
