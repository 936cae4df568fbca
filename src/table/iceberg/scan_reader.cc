#include <algorithm>

#include "table/iceberg/partition_type.h"
#include "table/iceberg/scan_reader_internal.h"

namespace emery::table::iceberg {

using columnar::Batch;
using columnar::FlatWriter;
using columnar::Vector;
using columnar::VectorPtr;
using Kind = DerivedColumn::Kind;

namespace {

/// `vector` (flat through and through) as `type`, which has STRING where uuids were read as BINARY
/// and may have other names of struct fields.
VectorPtr Retyped(const VectorPtr& vector, const type::TypePtr& type) {
  const int64_t size = vector->size();
  if (type->is(type::TypeId::kString) && vector->type()->is(type::TypeId::kBinary)) {
    FlatWriter out(type, size);
    const auto* values = vector->values<columnar::StringView>();
    for (int64_t i = 0; i < size; ++i) {
      if (vector->IsNull(i)) {
        out.SetNull(i);
      } else {
        out.SetString(i, UuidText(values[i].view()));
      }
    }
    return out.Finish(size);
  }
  if (!type->is_nested()) {
    return vector;
  }
  std::vector<VectorPtr> children;
  for (size_t i = 0; i < vector->children().size(); ++i) {
    children.push_back(Retyped(vector->children()[i], type->fields()[i].type));
  }
  return Vector::MakeNested(type, size, vector->values_buffer(), vector->validity_buffer(),
                            std::move(children));
}

class FinishingReader final : public format::BatchReader {
 public:
  FinishingReader(std::unique_ptr<format::BatchReader> input, ScanFinish finish)
      : input_(std::move(input)), finish_(std::move(finish)) {
    for (const auto& derived : finish_.derived) {
      marks_ |= derived.kind == Kind::kDeleted;
    }
  }

  Result<std::optional<Batch>> Next() override {
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto batch, input_->Next());
      if (!batch) {
        return batch;
      }
      deleted_.assign(static_cast<size_t>(batch->num_rows), 0);
      for (const auto& [set, columns] : finish_.equality) {
        std::vector<VectorPtr> keys;
        for (const int column : columns) {
          keys.push_back(batch->columns[static_cast<size_t>(column)]);
        }
        set->Mark(keys, batch->num_rows, finish_.data_sequence_number, &deleted_);
      }
      if (!marks_) {
        DropDeleted(&*batch);
        if (batch->num_rows == 0) {
          continue;
        }
      } else {
        MarkPositions(*batch);
      }
      for (const auto& derived : finish_.derived) {
        VectorPtr& column = batch->columns[static_cast<size_t>(derived.column)];
        column = Derive(derived, column, *batch);
      }
      batch->columns.resize(finish_.num_columns);
      return batch;
    }
  }

  const format::ScanMetrics& metrics() const override { return input_->metrics(); }

 private:
  void DropDeleted(Batch* batch) {
    if (finish_.equality.empty()) {
      return;
    }
    kept_.clear();
    for (int64_t i = 0; i < batch->num_rows; ++i) {
      if (deleted_[static_cast<size_t>(i)] == 0) {
        kept_.push_back(static_cast<int32_t>(i));
      }
    }
    if (static_cast<int64_t>(kept_.size()) < batch->num_rows) {
      *batch = columnar::GatherBatch(*batch, kept_.data(), static_cast<int64_t>(kept_.size()));
    }
  }

  void MarkPositions(const Batch& batch) {
    if (finish_.deleted_positions == nullptr) {
      return;
    }
    const auto& gone = *finish_.deleted_positions;
    const columnar::VectorReader<int64_t> positions(
        *batch.columns[static_cast<size_t>(finish_.position_column)]);
    auto at = std::lower_bound(gone.begin(), gone.end(), positions[0]);
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      while (at != gone.end() && *at < positions[i]) {
        ++at;
      }
      if (at != gone.end() && *at == positions[i]) {
        deleted_[static_cast<size_t>(i)] = 1;
      }
    }
  }

  VectorPtr Derive(const DerivedColumn& derived, const VectorPtr& read, const Batch& batch) {
    const int64_t size = batch.num_rows;
    switch (derived.kind) {
      case Kind::kDeleted: {
        FlatWriter out(type::Boolean(), size);
        std::copy_n(deleted_.data(), size, out.values<uint8_t>());
        return out.Finish(size);
      }
      case Kind::kRetype:
        return Retyped(columnar::FlattenDeep(read), derived.type);
      case Kind::kRowId:
      case Kind::kLastUpdated: {
        if (!finish_.first_row_id) {
          return Vector::MakeNull(type::Long(), size);
        }
        const bool row_id = derived.kind == Kind::kRowId;
        if (!row_id && read->is_constant_null()) {
          return Vector::MakeConstant(type::Long(), type::Value::Int(finish_.data_sequence_number),
                                      size);
        }
        const columnar::VectorReader<int64_t> own(*read);
        const Vector& position =
            row_id ? *batch.columns[static_cast<size_t>(finish_.position_column)] : *read;
        const columnar::VectorReader<int64_t> positions(position);
        FlatWriter out(type::Long(), size);
        auto* values = out.values<int64_t>();
        for (int64_t i = 0; i < size; ++i) {
          values[i] = !own.IsNull(i) ? own[i]
                      : row_id       ? *finish_.first_row_id + positions[i]
                                     : finish_.data_sequence_number;
        }
        return out.Finish(size);
      }
    }
    return read;
  }

  std::unique_ptr<format::BatchReader> input_;
  ScanFinish finish_;
  bool marks_ = false;
  std::vector<uint8_t> deleted_;
  std::vector<int32_t> kept_;
};

}  // namespace

std::unique_ptr<format::BatchReader> FinishScan(std::unique_ptr<format::BatchReader> input,
                                                ScanFinish finish) {
  return std::make_unique<FinishingReader>(std::move(input), std::move(finish));
}

}  // namespace emery::table::iceberg
