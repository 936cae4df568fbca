#include <algorithm>
#include <mutex>
#include <thread>

#include "columnar/batch.h"
#include "functions/evaluator.h"
#include "table/iceberg/row_level_internal.h"

namespace emery::table::iceberg {

using columnar::Batch;
using columnar::VectorPtr;

namespace {

// A partition's rows are written when there are so many, or all together are so many.
constexpr int64_t kSlotBytes = 32 << 20;
constexpr int64_t kWaitingBytes = 512 << 20;

}  // namespace

struct PartitionedRows::Slot {
  std::vector<type::Value> partition;
  std::mutex mutex;  // guards what follows
  std::vector<Batch> waiting;
  int64_t waiting_bytes = 0;
  int64_t num_rows = 0;
  std::unique_ptr<DataWriter> writer;
};

PartitionedRows::PartitionedRows(std::shared_ptr<DataWriteSettings> settings,
                                 MakeSettings make_settings)
    : settings_(std::move(settings)), make_settings_(std::move(make_settings)) {
  for (const auto& field : settings_->schema) {
    types_.push_back(type::ReplaceCharVarchar(field.type));
  }
}

PartitionedRows::~PartitionedRows() = default;

PartitionedRows::Slot* PartitionedRows::SlotOf(uint64_t hash,
                                               const std::vector<type::Value>& partition) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [begin, end] = slots_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    if (it->second->partition == partition) {
      return it->second.get();
    }
  }
  auto slot = std::make_unique<Slot>();
  slot->partition = partition;
  return slots_.emplace(hash, std::move(slot))->second.get();
}

Status PartitionedRows::Flush(Slot* slot) {
  if (slot->waiting.empty()) {
    return Status::OK();
  }
  if (slot->writer == nullptr) {
    ARROW_ASSIGN_OR_RAISE(auto settings, make_settings_());
    ARROW_ASSIGN_OR_RAISE(slot->writer, MakeDataWriter(std::move(settings)));
  }
  // Pieces are small; the file's writer wants large ones.
  std::vector<Batch> pieces;
  int64_t rows = 0;
  const auto write = [&]() -> Status {
    if (pieces.empty()) {
      return Status::OK();
    }
    const Batch whole =
        pieces.size() == 1 ? std::move(pieces[0]) : columnar::ConcatBatches(types_, pieces);
    pieces.clear();
    rows = 0;
    return slot->writer->WriteTo(slot->partition, whole);
  };
  for (Batch& piece : slot->waiting) {
    if (rows + piece.num_rows > columnar::kBatchSize) {
      ARROW_RETURN_NOT_OK(write());
    }
    rows += piece.num_rows;
    pieces.push_back(std::move(piece));
  }
  ARROW_RETURN_NOT_OK(write());
  slot->waiting.clear();
  waiting_bytes_ -= slot->waiting_bytes;
  slot->waiting_bytes = 0;
  return Status::OK();
}

Status PartitionedRows::AddTo(Slot* slot, const Batch& rows) {
  const std::lock_guard<std::mutex> lock(slot->mutex);
  const int64_t bytes = rows.num_rows * 16 * static_cast<int64_t>(rows.columns.size());
  slot->waiting.push_back(rows);
  slot->num_rows += rows.num_rows;
  slot->waiting_bytes += bytes;
  const int64_t all = waiting_bytes_ += bytes;
  return slot->waiting_bytes > kSlotBytes || all > kWaitingBytes ? Flush(slot) : Status::OK();
}

Status PartitionedRows::Add(const Batch& batch) {
  if (batch.num_rows == 0) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const std::vector<VectorPtr> keys,
                        PartitionColumns(settings_->spec, settings_->schema, batch));
  std::vector<uint64_t> hashes(static_cast<size_t>(batch.num_rows));
  functions::HashRows(keys, batch.num_rows, hashes.data());
  const auto same = [&](int64_t a, int64_t b) {
    return std::all_of(keys.begin(), keys.end(),
                       [&](const VectorPtr& key) { return columnar::RowsEqual(*key, a, *key, b); });
  };

  struct Group {
    uint64_t hash;
    std::vector<int32_t> rows;
  };

  // Few partitions are open at a time in one batch, and rows of one often come one after another.
  std::vector<Group> groups;
  std::multimap<uint64_t, size_t> known;
  size_t last = 0;
  for (int32_t i = 0; i < batch.num_rows; ++i) {
    const uint64_t hash = hashes[static_cast<size_t>(i)];
    if (groups.empty() || groups[last].hash != hash || !same(groups[last].rows[0], i)) {
      const auto [begin, end] = known.equal_range(hash);
      const auto found = std::find_if(
          begin, end, [&](const auto& one) { return same(groups[one.second].rows[0], i); });
      if (found != end) {
        last = found->second;
      } else {
        last = groups.size();
        known.emplace(hash, last);
        groups.push_back({hash, {}});
      }
    }
    groups[last].rows.push_back(i);
  }
  for (const Group& group : groups) {
    std::vector<type::Value> partition;
    for (const VectorPtr& key : keys) {
      partition.push_back(columnar::ValueAt(*key, group.rows[0]));
    }
    const auto count = static_cast<int64_t>(group.rows.size());
    ARROW_RETURN_NOT_OK(AddTo(
        SlotOf(group.hash, partition),
        count == batch.num_rows ? batch : columnar::GatherBatch(batch, group.rows.data(), count)));
  }
  return Status::OK();
}

Result<std::vector<DataFile>> PartitionedRows::Finish(int threads) {
  std::vector<Slot*> slots;
  for (const auto& [hash, slot] : slots_) {
    slots.push_back(slot.get());
  }
  // Large ones first, so that all threads end together.
  std::sort(slots.begin(), slots.end(),
            [](const Slot* a, const Slot* b) { return a->num_rows > b->num_rows; });
  std::vector<std::vector<DataFile>> files(slots.size());
  const Status done = OnThreads(threads, slots.size(), [&](size_t i) -> Status {
    ARROW_RETURN_NOT_OK(Flush(slots[i]));
    ARROW_ASSIGN_OR_RAISE(files[i], slots[i]->writer->Finish());
    slots[i]->writer.reset();
    return Status::OK();
  });
  std::vector<DataFile> all;
  for (auto& list : files) {
    std::move(list.begin(), list.end(), std::back_inserter(all));
  }
  if (!done.ok()) {
    std::vector<std::string> paths;
    for (const DataFile& file : all) {
      paths.push_back(file.file_path);
    }
    DeleteFilesQuietly(paths);
    return done;
  }
  return all;
}

Status OnThreads(int threads, size_t count, const std::function<Status(size_t)>& f) {
  std::atomic<size_t> next{0};
  std::mutex mutex;  // guards `first`
  Status first;
  std::atomic<bool> failed{false};
  const auto work = [&] {
    for (size_t i = next++; i < count && !failed; i = next++) {
      const Status status = f(i);
      if (!status.ok()) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (first.ok()) {
          first = status;
        }
        failed = true;
      }
    }
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads && static_cast<size_t>(t) < count; ++t) {
    others.emplace_back(work);
  }
  work();
  for (std::thread& thread : others) {
    thread.join();
  }
  return first;
}

}  // namespace emery::table::iceberg
