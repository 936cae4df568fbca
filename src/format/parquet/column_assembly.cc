#include <algorithm>
#include <utility>

#include "format/parquet/column_assembly_internal.h"
#include "format/parquet/schema_mapping.h"

namespace emery::format::parquet {

using columnar::Vector;
using columnar::VectorPtr;
using type::TypeId;

namespace {

bool SameName(std::string_view a, std::string_view b, bool case_sensitive) {
  if (case_sensitive) {
    return a == b;
  }
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

class Builder {
 public:
  Builder(const Footer& footer, bool case_sensitive, Assembly* assembly)
      : footer_(footer), case_sensitive_(case_sensitive), assembly_(assembly) {}

  /// The child of `parent` that a field means; null where there is none.
  Result<const SchemaNode*> Find(const SchemaNode& parent, const std::string& name,
                                 int32_t field_id) const {
    if (field_id >= 0) {
      for (const SchemaNode& child : parent.children) {
        if (child.field_id == field_id) {
          return &child;
        }
      }
      // Files without ids are found by name.
      if (std::any_of(parent.children.begin(), parent.children.end(),
                      [](const SchemaNode& child) { return child.field_id >= 0; })) {
        return nullptr;
      }
    }
    const SchemaNode* found = nullptr;
    for (const SchemaNode& child : parent.children) {
      if (SameName(child.name, name, case_sensitive_)) {
        if (found != nullptr) {
          return base::UserError("FAILED_READ_FILE.NO_HINT",
                                 "Encountered error while reading file " + footer_.path +
                                     ". Found duplicate field(s) \"" + name + "\": [" +
                                     found->name + ", " + child.name +
                                     "] in case-insensitive mode.",
                                 {{"path", footer_.path}});
        }
        found = &child;
      }
    }
    return found;
  }

  /// `def`, `rep`: of the nearest repeated ancestor: what gives a slot.
  Result<AssemblyNode> Build(const SchemaNode& node, const type::TypePtr& type, int def, int rep) {
    AssemblyNode out;
    out.type = type;
    out.slot_def = def;
    out.slot_rep = rep;
    out.def = node.max_def;
    out.nullable = node.repetition == Repetition::kOptional;
    const ListShape shape = ListShapeOf(node);
    if (type->is(TypeId::kArray) && shape.repeated != nullptr) {
      return BuildList(*shape.repeated, *shape.element, std::move(out));
    }
    const SchemaNode* entries = MapEntriesOf(node);
    if (type->is(TypeId::kMap) && entries != nullptr) {
      out.kind = AssemblyNode::Kind::kMap;
      out.element_def = entries->max_def;
      out.element_rep = entries->max_rep;
      ARROW_ASSIGN_OR_RAISE(AssemblyNode key, Build(entries->children[0], type->key(),
                                                    entries->max_def, entries->max_rep));
      ARROW_ASSIGN_OR_RAISE(AssemblyNode value, Build(entries->children[1], type->value(),
                                                      entries->max_def, entries->max_rep));
      out.leaf = key.leaf;
      out.children.push_back(std::move(key));
      out.children.push_back(std::move(value));
      return out;
    }
    if (type->is(TypeId::kStruct) && !node.is_leaf()) {
      return BuildStruct(node, std::move(out));
    }
    if (!node.is_leaf()) {
      return Mismatch(node, *type);
    }
    if (type->is_nested()) {
      return Mismatch(node, *type);
    }
    out.kind = AssemblyNode::Kind::kLeaf;
    out.leaf = static_cast<int>(assembly_->leaves.size());
    // Values of a void are all null whatever the file stores them as; the leaf only tells how many
    // there are.
    type::TypePtr stored = type;
    if (type->is_null()) {
      ARROW_ASSIGN_OR_RAISE(stored, NaturalType(node));
    }
    ARROW_ASSIGN_OR_RAISE(LeafTarget target, MakeLeafTarget(footer_.path, node, stored));
    assembly_->leaves.push_back({&node, std::move(target), def});
    return out;
  }

  /// A repeated field without a LIST around it.
  Result<AssemblyNode> BuildRepeated(const SchemaNode& node, const type::TypePtr& type, int def,
                                     int rep) {
    AssemblyNode out;
    out.type = type;
    out.slot_def = def;
    out.slot_rep = rep;
    out.def = node.max_def - 1;
    return BuildList(node, node, std::move(out));
  }

 private:
  Status Mismatch(const SchemaNode& node, const type::DataType& type) const {
    return base::UserError("FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH",
                           "Encountered error while reading file " + footer_.path +
                               ". Data type mismatches when reading Parquet column [" + node.name +
                               "]. Expected Spark type " + type.ToString() +
                               ", actual Parquet type " + (node.is_leaf() ? "a value" : "group") +
                               ".",
                           {{"path", footer_.path},
                            {"column", "[" + node.name + "]"},
                            {"expectedType", type.ToString()},
                            {"actualType", node.is_leaf() ? "a value" : "group"}});
  }

  Result<AssemblyNode> BuildList(const SchemaNode& repeated, const SchemaNode& element,
                                 AssemblyNode out) {
    if (!out.type->is(TypeId::kArray)) {
      return Mismatch(repeated, *out.type);
    }
    out.kind = AssemblyNode::Kind::kList;
    out.element_def = repeated.max_def;
    out.element_rep = repeated.max_rep;
    ARROW_ASSIGN_OR_RAISE(AssemblyNode child,
                          Build(element, out.type->element(), repeated.max_def, repeated.max_rep));
    if (&element == &repeated) {
      child.nullable = false;
    }
    out.leaf = child.leaf;
    out.children.push_back(std::move(child));
    return out;
  }

  Result<AssemblyNode> BuildStruct(const SchemaNode& node, AssemblyNode out) {
    out.kind = AssemblyNode::Kind::kStruct;
    for (const type::Field& field : out.type->fields()) {
      ARROW_ASSIGN_OR_RAISE(const SchemaNode* found, Find(node, field.name, field.field_id));
      AssemblyNode child;
      if (found == nullptr) {
        child.type = field.type;
      } else if (found->repetition == Repetition::kRepeated) {
        ARROW_ASSIGN_OR_RAISE(child, BuildRepeated(*found, field.type, out.slot_def, out.slot_rep));
      } else {
        ARROW_ASSIGN_OR_RAISE(child, Build(*found, field.type, out.slot_def, out.slot_rep));
      }
      if (out.leaf < 0) {
        out.leaf = child.leaf;
      }
      out.children.push_back(std::move(child));
    }
    if (out.leaf < 0) {
      // No wanted field is in the file, but whether the struct is null must be known: any leaf
      // tells.
      const SchemaNode* leaf = &node;
      while (!leaf->is_leaf()) {
        if (leaf->children.empty()) {
          return Mismatch(node, *out.type);
        }
        leaf = &leaf->children[0];
      }
      ARROW_ASSIGN_OR_RAISE(const type::TypePtr natural, NaturalType(*leaf));
      ARROW_ASSIGN_OR_RAISE(LeafTarget target, MakeLeafTarget(footer_.path, *leaf, natural));
      out.leaf = static_cast<int>(assembly_->leaves.size());
      assembly_->leaves.push_back({leaf, std::move(target), out.slot_def});
    }
    return out;
  }

  static Result<type::TypePtr> NaturalType(const SchemaNode& leaf) {
    switch (leaf.annotation == Annotation::kDecimal ? ParquetType::kBoolean : leaf.physical) {
      case ParquetType::kInt32:
        return leaf.annotation == Annotation::kDate ? type::Date() : type::Int();
      case ParquetType::kInt64:
        return leaf.annotation == Annotation::kTimestampMillis ||
                       leaf.annotation == Annotation::kTimestampMicros ||
                       leaf.annotation == Annotation::kTimestampNanos
                   ? type::Timestamp()
                   : type::Long();
      case ParquetType::kInt96:
        return type::Timestamp();
      case ParquetType::kFloat:
        return type::Float();
      case ParquetType::kDouble:
        return type::Double();
      case ParquetType::kByteArray:
      case ParquetType::kFixed:
        return type::Binary();
      case ParquetType::kBoolean:
        break;
    }
    if (leaf.annotation == Annotation::kDecimal) {
      return type::Decimal(leaf.precision, leaf.scale);
    }
    return type::Boolean();
  }

  const Footer& footer_;
  bool case_sensitive_;
  Assembly* assembly_;
};

VectorPtr MissingSlots(const AssemblyNode& node, int64_t slots) {
  return node.default_value.is_null() ? Vector::MakeNull(node.type, slots)
                                      : Vector::MakeConstant(node.type, node.default_value, slots);
}

Status WrongCount(const std::string& path) {
  return CorruptFile(path, "the columns of a nested value do not fit together");
}

}  // namespace

Result<Assembly> MakeAssembly(const Footer& footer, const ReadColumn& column, bool case_sensitive) {
  Assembly assembly;
  Builder builder(footer, case_sensitive, &assembly);
  ARROW_ASSIGN_OR_RAISE(const SchemaNode* found,
                        builder.Find(footer.root, column.name, column.field_id));
  if (found == nullptr || column.type->is_null()) {
    assembly.root.type = column.type;
    assembly.root.default_value = column.default_value;
  } else if (found->repetition == Repetition::kRepeated) {
    ARROW_ASSIGN_OR_RAISE(assembly.root, builder.BuildRepeated(*found, column.type, 0, 0));
  } else {
    ARROW_ASSIGN_OR_RAISE(assembly.root, builder.Build(*found, column.type, 0, 0));
  }
  for (const AssemblyLeaf& leaf : assembly.leaves) {
    if (leaf.node->max_def > 255 || leaf.node->max_rep > 255) {
      return base::Unsupported("Parquet columns nested more than 255 levels deep");
    }
  }
  return assembly;
}

Result<VectorPtr> Assemble(const AssemblyNode& node, const std::vector<LeafRows>& leaves,
                           int64_t slots, const std::string& path) {
  using Kind = AssemblyNode::Kind;
  if (node.kind == Kind::kMissing) {
    return MissingSlots(node, slots);
  }
  const LeafRows& leaf = leaves[static_cast<size_t>(node.leaf)];
  if (node.kind == Kind::kLeaf) {
    if (leaf.slots->size() != slots) {
      return WrongCount(path);
    }
    if (node.type->is_null()) {
      return Vector::MakeNull(node.type, slots);
    }
    return leaf.slots;
  }
  columnar::BufferPtr validity;
  uint64_t* bits = nullptr;
  const auto set_null = [&](int64_t slot) {
    if (bits == nullptr) {
      validity = columnar::AllocateBits(slots, true);
      bits = reinterpret_cast<uint64_t*>(validity->mutable_data());
    }
    columnar::ClearBit(bits, slot);
  };
  const bool has_levels = leaf.def != nullptr && !leaf.def->empty();
  const std::vector<uint8_t>& def = *leaf.def;
  const bool repeated = has_levels && !leaf.rep->empty();
  const int64_t entries = has_levels ? static_cast<int64_t>(def.size()) : 0;
  const uint8_t* rep = repeated ? leaf.rep->data() : nullptr;
  std::vector<VectorPtr> children;
  if (node.kind == Kind::kStruct) {
    if (has_levels) {
      int64_t slot = 0;
      for (int64_t i = 0; i < entries; ++i) {
        if (def[static_cast<size_t>(i)] >= node.slot_def &&
            (rep == nullptr || rep[i] <= node.slot_rep)) {
          if (slot == slots) {
            return WrongCount(path);
          }
          if (def[static_cast<size_t>(i)] < node.def) {
            set_null(slot);
          }
          ++slot;
        }
      }
      if (slot != slots) {
        return WrongCount(path);
      }
    } else if (slots > 0 && node.nullable) {
      // A struct of required leaves: the leaf's own nulls are the struct's.
      for (int64_t i = 0; i < slots; ++i) {
        if (leaf.slots->IsNull(i)) {
          set_null(i);
        }
      }
    }
    for (const AssemblyNode& child : node.children) {
      ARROW_ASSIGN_OR_RAISE(VectorPtr vector, Assemble(child, leaves, slots, path));
      children.push_back(std::move(vector));
    }
    return Vector::MakeNested(node.type, slots, nullptr, std::move(validity), std::move(children));
  }
  columnar::BufferPtr lists =
      columnar::Buffer::AllocateZeroed(static_cast<size_t>(slots) * sizeof(columnar::ListEntry));
  auto* list = reinterpret_cast<columnar::ListEntry*>(lists->mutable_data());
  int64_t slot = -1;
  int64_t elements = 0;
  if (!has_levels && slots > 0) {
    // A repeated leaf whose only level is its own has levels; anything else is a broken file.
    return WrongCount(path);
  }
  for (int64_t i = 0; i < entries; ++i) {
    const int d = def[static_cast<size_t>(i)];
    const int r = rep == nullptr ? 0 : rep[i];
    if (r <= node.slot_rep) {
      if (d < node.slot_def) {
        continue;  // a parent is null or empty: no slot here
      }
      if (++slot == slots) {
        return WrongCount(path);
      }
      list[slot].offset = static_cast<int32_t>(elements);
      if (node.nullable && d < node.def) {
        set_null(slot);
      }
    }
    if (r <= node.element_rep && d >= node.element_def) {
      if (slot < 0) {
        return WrongCount(path);
      }
      ++list[slot].length;
      ++elements;
    }
  }
  if (slot + 1 != slots || elements > INT32_MAX) {
    return WrongCount(path);
  }
  for (const AssemblyNode& child : node.children) {
    ARROW_ASSIGN_OR_RAISE(VectorPtr vector, Assemble(child, leaves, elements, path));
    children.push_back(std::move(vector));
  }
  return Vector::MakeNested(node.type, slots, std::move(lists), std::move(validity),
                            std::move(children));
}

}  // namespace emery::format::parquet
