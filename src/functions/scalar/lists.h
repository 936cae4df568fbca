#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "columnar/vector.h"
#include "functions/scalar_function.h"

namespace emery::functions {

/// An array or map column made flat through and through, for kernels that walk its elements.
struct Lists {
  VectorPtr vector;
  const columnar::ListEntry* entries = nullptr;  // null for the void type
  explicit Lists(const VectorPtr& v);

  bool IsNull(int64_t row) const { return entries == nullptr || vector->IsNull(row); }

  columnar::ListEntry operator[](int64_t row) const {
    return entries == nullptr || vector->IsNull(row) ? columnar::ListEntry{} : entries[row];
  }

  const VectorPtr& child(int i = 0) const { return vector->children()[i]; }
};

/// Builds an array (or map) column from indices into one or two children, row by row; -1 stands for
/// a null element.
class ListResult {
 public:
  ListResult(type::TypePtr type, int64_t num_rows);

  void Add(int32_t element) { elements_.push_back(element); }

  void AddRange(int32_t from, int32_t count);
  /// Ends the row. Rows are ended in order, each once.
  void End();
  /// Ends the row as null; what was added since the last end is dropped.
  void EndNull();

  int32_t open_size() const { return static_cast<int32_t>(elements_.size()) - start_; }

  int32_t* open() { return elements_.data() + start_; }

  void Drop() { elements_.resize(start_); }

  /// The column; its children are gathered from `children`.
  VectorPtr Finish(const std::vector<VectorPtr>& children);

 private:
  type::TypePtr type_;
  std::vector<columnar::ListEntry> entries_;
  std::vector<int32_t> elements_;
  std::vector<int64_t> nulls_;
  int32_t start_ = 0;
  bool has_null_elements_ = false;
};

/// Makes map rows from entries whose keys are checked: NULL_MAP_KEY, DUPLICATED_MAP_KEY (or the
/// last wins, by spark.sql.mapKeyDedupPolicy). `keys` and `values` are what the indices of AddEntry
/// lead to.
class MapResult {
 public:
  MapResult(type::TypePtr type, int64_t num_rows, VectorPtr keys, VectorPtr values,
            const QueryContext& context);
  Status AddEntry(int32_t key, int32_t value);
  void End();
  void EndNull();
  VectorPtr Finish();

 private:
  ListResult keys_result_;
  std::vector<int32_t> value_elements_;
  std::vector<int32_t> open_keys_;
  std::vector<int32_t> open_values_;
  VectorPtr keys_;
  VectorPtr values_;
  bool last_wins_;
};

/// A flat array column of `entries` over `child`, sharing validity with nothing.
VectorPtr MakeList(const type::TypePtr& type, std::vector<columnar::ListEntry> entries,
                   const std::vector<int64_t>& null_rows, std::vector<VectorPtr> children);

/// The child of a struct with the struct's nulls added to its own. `index`: of the field.
VectorPtr FieldOf(const VectorPtr& structs, int index);

}  // namespace emery::functions
