#include <utility>
#include <vector>

#include "base/config.h"
#include "format/orc/orc_values_internal.h"
#include "functions/cast.h"
#include "functions/evaluator.h"

namespace emery::format::orc {

using columnar::ListEntry;
using columnar::Vector;
using columnar::VectorPtr;
using type::TypeId;
using type::TypePtr;

namespace {

/// Each value moved by `move`; the result has the type `to`.
template <class F>
VectorPtr MapMicros(const VectorPtr& values, const TypePtr& to, F move) {
  const VectorPtr flat = columnar::Flatten(values);
  columnar::BufferPtr out =
      columnar::Buffer::AllocateZeroed(sizeof(int64_t) * static_cast<size_t>(flat->size()));
  auto* micros = reinterpret_cast<int64_t*>(out->mutable_data());
  const auto* in = flat->values<int64_t>();
  for (int64_t i = 0; i < flat->size(); ++i) {
    micros[i] = flat->IsNull(i) ? 0 : move(in[i]);
  }
  return Vector::MakeFlat(to, flat->size(), std::move(out), flat->validity_buffer());
}

VectorPtr WithChildren(const Vector& nested, TypePtr to, std::vector<VectorPtr> children) {
  return Vector::MakeNested(std::move(to), nested.size(), nested.values_buffer(),
                            nested.validity_buffer(), std::move(children));
}

}  // namespace

const type::TimeZone& FileZone() {
  static const type::TimeZone* zone = [] {
    const Result<const type::TimeZone*> found = type::TimeZone::Find(base::Config().time_zone());
    return found.ok() ? *found : type::TimeZone::Utc();
  }();
  return *zone;
}

Result<VectorPtr> FromFile(const VectorPtr& values, const type::DataType& from, const TypePtr& to,
                           const functions::QueryContext& context) {
  if (from.is(TypeId::kTimestamp) && to->is(TypeId::kTimestamp)) {
    const type::TimeZone& zone = FileZone();
    return MapMicros(values, to, [&](int64_t local) { return zone.LocalToUtc(local); });
  }
  if (from.id() != to->id() || !from.is_nested()) {
    if (from.id() == to->id() && from.physical() == to->physical() &&
        (!from.is(TypeId::kDecimal) ||
         (from.precision() == to->precision() && from.scale() == to->scale()))) {
      return Vector::WithType(values, to);
    }
    if (from.is_nested() || to->is_nested()) {
      return base::UserError(
          "FAILED_READ_FILE.NO_HINT",
          "An ORC file has " + from.Sql() + " where " + to->Sql() + " is asked for.",
          {{"path", ""}});
    }
    return functions::CastVector(values, to, plan::EvalMode::kLegacy, context);
  }
  const VectorPtr flat = columnar::Flatten(values);
  std::vector<VectorPtr> children;
  if (to->is(TypeId::kArray)) {
    ARROW_ASSIGN_OR_RAISE(VectorPtr child,
                          FromFile(flat->children()[0], *from.element(), to->element(), context));
    children.push_back(std::move(child));
  } else if (to->is(TypeId::kMap)) {
    ARROW_ASSIGN_OR_RAISE(VectorPtr keys,
                          FromFile(flat->children()[0], *from.key(), to->key(), context));
    ARROW_ASSIGN_OR_RAISE(VectorPtr items,
                          FromFile(flat->children()[1], *from.value(), to->value(), context));
    children = {std::move(keys), std::move(items)};
  } else {
    for (const type::Field& wanted : to->fields()) {
      VectorPtr child = Vector::MakeNull(wanted.type, flat->size());
      for (size_t f = 0; f < from.fields().size(); ++f) {
        if (from.fields()[f].name == wanted.name) {
          ARROW_ASSIGN_OR_RAISE(
              child, FromFile(flat->children()[f], *from.fields()[f].type, wanted.type, context));
        }
      }
      children.push_back(columnar::Flatten(child));
    }
  }
  return WithChildren(*flat, to, std::move(children));
}

TypePtr StoredType(const TypePtr& type) {
  switch (type->id()) {
    case TypeId::kTimestamp:
      return type::TimestampNtz();  // Arrow's type without a zone
    case TypeId::kTimestampNtz:
    case TypeId::kDayTimeInterval:
      return type::Long();
    case TypeId::kYearMonthInterval:
      return type::Int();
    case TypeId::kChar:
    case TypeId::kVarchar:
      return type::String();
    case TypeId::kArray:
      return type::Array(StoredType(type->element()), type->contains_null());
    case TypeId::kMap:
      return type::Map(StoredType(type->key()), StoredType(type->value()), true);
    case TypeId::kStruct: {
      std::vector<type::Field> fields = type->fields();
      for (type::Field& field : fields) {
        field.type = StoredType(field.type);
      }
      return type::Struct(std::move(fields));
    }
    default:
      return type;
  }
}

VectorPtr ToFile(const VectorPtr& values) {
  const TypePtr& type = values->type();
  const TypePtr stored = StoredType(type);
  if (type->is(TypeId::kTimestamp)) {
    const type::TimeZone& zone = FileZone();
    return MapMicros(values, stored, [&](int64_t utc) { return zone.UtcToLocal(utc); });
  }
  if (!type->is_nested()) {
    return Vector::WithType(values, stored);
  }
  std::vector<VectorPtr> children;
  for (const VectorPtr& child : values->children()) {
    children.push_back(ToFile(child));
  }
  return WithChildren(*values, stored, std::move(children));
}

}  // namespace emery::format::orc
