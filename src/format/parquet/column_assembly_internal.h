#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "columnar/vector.h"
#include "format/file_format.h"
#include "format/parquet/column_reader_internal.h"
#include "format/parquet/footer.h"

namespace emery::format::parquet {

/// How a requested column, or a part of a nested one, comes out of a file's leaves (Melnik et al.,
/// Dremel, VLDB 2010). A node has a slot for every place that its parents give it: rows at the top,
/// elements below a list.
struct AssemblyNode {
  enum class Kind : uint8_t { kLeaf, kStruct, kList, kMap, kMissing };
  Kind kind = Kind::kMissing;
  type::TypePtr type;
  int leaf = -1;  // in Assembly::leaves: kLeaf, or the leaf whose levels tell of this node
  int def = 0;    // kStruct, kList, kMap: level from which the node is not null
  bool nullable = false;
  int slot_def = 0;     // level from which an entry takes a slot here
  int slot_rep = 0;     // entries with a higher repetition level belong to the slot before
  int element_def = 0;  // kList, kMap: level from which an entry is an element
  int element_rep = 0;
  type::Value default_value;  // kMissing
  std::vector<AssemblyNode> children;
};

/// A leaf that must be read.
struct AssemblyLeaf {
  const SchemaNode* node = nullptr;
  LeafTarget target;
  int slot_def = 0;
};

struct Assembly {
  AssemblyNode root;
  std::vector<AssemblyLeaf> leaves;

  /// One leaf, a slot per row, no levels to look at.
  bool is_flat() const { return root.kind == AssemblyNode::Kind::kLeaf; }
};

/// Finds `column` in the file. Errors: FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH, or two
/// fields whose names differ only in case.
Result<Assembly> MakeAssembly(const Footer& footer, const ReadColumn& column, bool case_sensitive);

/// What was read of a leaf for the rows at hand.
struct LeafRows {
  columnar::VectorPtr slots;
  const std::vector<uint8_t>* def = nullptr;  // null: a flat leaf
  const std::vector<uint8_t>* rep = nullptr;  // empty: not repeated
};

Result<columnar::VectorPtr> Assemble(const AssemblyNode& node, const std::vector<LeafRows>& leaves,
                                     int64_t slots, const std::string& path);

}  // namespace emery::format::parquet
