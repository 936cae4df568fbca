#include "functions/scalar/lists.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/config.h"

namespace emery::functions {

using columnar::BufferPtr;
using columnar::ListEntry;
using columnar::Vector;

Lists::Lists(const VectorPtr& v) : vector(columnar::FlattenDeep(v)) {
  if (!vector->type()->is_null()) {
    entries = vector->values<ListEntry>();
  }
}

VectorPtr MakeList(const type::TypePtr& type, std::vector<ListEntry> entries,
                   const std::vector<int64_t>& null_rows, std::vector<VectorPtr> children) {
  const auto size = static_cast<int64_t>(entries.size());
  BufferPtr buffer = columnar::Buffer::Allocate(entries.size() * sizeof(ListEntry));
  if (!entries.empty()) {
    std::memcpy(buffer->mutable_data(), entries.data(), entries.size() * sizeof(ListEntry));
  }
  BufferPtr validity;
  if (!null_rows.empty()) {
    validity = columnar::AllocateBits(size, true);
    for (const int64_t row : null_rows) {
      columnar::ClearBit(reinterpret_cast<uint64_t*>(validity->mutable_data()), row);
    }
  }
  return Vector::MakeNested(type, size, std::move(buffer), std::move(validity),
                            std::move(children));
}

ListResult::ListResult(type::TypePtr type, int64_t num_rows) : type_(std::move(type)) {
  entries_.reserve(num_rows);
}

void ListResult::AddRange(int32_t from, int32_t count) {
  const size_t start = elements_.size();
  elements_.resize(start + count);
  std::iota(elements_.begin() + static_cast<int64_t>(start), elements_.end(), from);
}

void ListResult::End() {
  entries_.push_back({start_, static_cast<int32_t>(elements_.size()) - start_});
  start_ = static_cast<int32_t>(elements_.size());
}

void ListResult::EndNull() {
  Drop();
  nulls_.push_back(static_cast<int64_t>(entries_.size()));
  entries_.push_back({start_, 0});
}

VectorPtr ListResult::Finish(const std::vector<VectorPtr>& children) {
  const bool null_elements =
      std::any_of(elements_.begin(), elements_.end(), [](int32_t e) { return e < 0; });
  std::vector<VectorPtr> gathered;
  for (const VectorPtr& child : children) {
    const auto count = static_cast<int64_t>(elements_.size());
    gathered.push_back(null_elements ? columnar::GatherOrNull(child, elements_.data(), count)
                                     : columnar::Gather(child, elements_.data(), count));
  }
  return MakeList(type_, std::move(entries_), nulls_, std::move(gathered));
}

MapResult::MapResult(type::TypePtr type, int64_t num_rows, VectorPtr keys, VectorPtr values,
                     const QueryContext& context)
    : keys_result_(std::move(type), num_rows), keys_(std::move(keys)), values_(std::move(values)) {
  last_wins_ = context.config != nullptr &&
               context.config->GetString("spark.sql.mapKeyDedupPolicy") == "LAST_WIN";
}

Status MapResult::AddEntry(int32_t key, int32_t value) {
  if (keys_->type()->is_null() || keys_->IsNull(key)) {
    return base::UserError("NULL_MAP_KEY", "Cannot use null as map key.");
  }
  for (size_t i = 0; i < open_keys_.size(); ++i) {
    if (columnar::RowsEqual(*keys_, open_keys_[i], *keys_, key)) {
      if (!last_wins_) {
        type::Value v = columnar::ValueAt(*keys_, key);
        std::string text = v.is_null() ? "null" : type::ValueToSql(*keys_->type(), v);
        if (keys_->type()->is_string()) {
          text = v.string();
        }
        return base::UserError(
            "DUPLICATED_MAP_KEY",
            "Duplicate map key " + text +
                " was found, please check the input data. If you want to remove the duplicated "
                "keys, you can "
                "set \"spark.sql.mapKeyDedupPolicy\" to \"LAST_WIN\" so that the key inserted at "
                "last takes "
                "precedence.",
            {{"key", text}, {"mapKeyDedupPolicy", "\"spark.sql.mapKeyDedupPolicy\""}});
      }
      open_values_[i] = value;
      return Status::OK();
    }
  }
  open_keys_.push_back(key);
  open_values_.push_back(value);
  return Status::OK();
}

void MapResult::End() {
  for (size_t i = 0; i < open_keys_.size(); ++i) {
    keys_result_.Add(open_keys_[i]);
    value_elements_.push_back(open_values_[i]);
  }
  open_keys_.clear();
  open_values_.clear();
  keys_result_.End();
}

void MapResult::EndNull() {
  open_keys_.clear();
  open_values_.clear();
  keys_result_.EndNull();
}

VectorPtr MapResult::Finish() {
  const VectorPtr keys = keys_result_.Finish({keys_});
  VectorPtr values = columnar::GatherOrNull(values_, value_elements_.data(),
                                            static_cast<int64_t>(value_elements_.size()));
  return Vector::MakeNested(keys->type(), keys->size(), keys->values_buffer(),
                            keys->validity_buffer(), {keys->children()[0], std::move(values)});
}

VectorPtr FieldOf(const VectorPtr& structs, int index) {
  if (structs->is_constant()) {
    if (structs->IsNull(0)) {
      return Vector::MakeNull(structs->type()->fields()[index].type, structs->size());
    }
    return Vector::MakeConstant(structs->children()[index], 0, structs->size());
  }
  const VectorPtr& child = structs->children()[index];
  const uint64_t* outer = structs->validity();
  if (outer == nullptr || child->type()->is_null()) {
    return child;
  }
  VectorPtr flat = child->is_constant() ? columnar::Flatten(child) : child;
  const uint64_t* own = flat->validity();
  const int64_t words = columnar::WordsForBits(structs->size());
  BufferPtr validity = columnar::AllocateBits(structs->size(), true);
  auto* out = reinterpret_cast<uint64_t*>(validity->mutable_data());
  for (int64_t i = 0; i < words; ++i) {
    out[i] = own == nullptr ? outer[i] : outer[i] & own[i];
  }
  return Vector::WithValidity(flat, std::move(validity));
}

}  // namespace emery::functions
