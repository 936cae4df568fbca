#include <map>

#include "functions/binding.h"
#include "functions/scalar/json_record.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {

using type::TypeId;
using type::TypePtr;
using Node = JsonDocument::Node;
using Kind = JsonDocument::Kind;

TypePtr MergeJsonTypes(const TypePtr& a, const TypePtr& b) {
  if (a->is_null()) {
    return b;
  }
  if (b->is_null() || a->SameType(*b)) {
    return a;
  }
  if (a->is_numeric() && b->is_numeric()) {
    if (a->is_floating() || b->is_floating()) {
      return type::Double();
    }
    return WidestType(a, b, plan::EvalMode::kAnsi);
  }
  if (a->is(TypeId::kArray) && b->is(TypeId::kArray)) {
    return type::Array(MergeJsonTypes(a->element(), b->element()));
  }
  if (a->is(TypeId::kStruct) && b->is(TypeId::kStruct)) {
    std::map<std::string, TypePtr> merged;
    for (const TypePtr& t : {a, b}) {
      for (const type::Field& f : t->fields()) {
        auto [it, fresh] = merged.emplace(f.name, f.type);
        if (!fresh) {
          it->second = MergeJsonTypes(it->second, f.type);
        }
      }
    }
    std::vector<type::Field> fields;
    for (auto& [name, t] : merged) {
      fields.push_back({.name = name, .type = t});
    }
    return type::Struct(std::move(fields));
  }
  return type::String();
}

TypePtr InferJson(const JsonDocument& d, const Node& n, const JsonOptions& options,
                  const type::TimeZone& zone) {
  switch (n.kind) {
    case Kind::kNull:
      return type::Null();
    case Kind::kTrue:
    case Kind::kFalse:
      return options.primitives_as_string ? type::String() : type::Boolean();
    case Kind::kInteger: {
      if (options.primitives_as_string) {
        return type::String();
      }
      if (type::ParseInteger(d.raw(n)).has_value()) {
        return type::Long();
      }
      const size_t digits = d.raw(n).size() - (d.raw(n)[0] == '-' ? 1 : 0);
      return digits <= 38 ? type::Decimal(static_cast<int>(digits), 0) : type::Double();
    }
    case Kind::kFraction:
      if (options.primitives_as_string) {
        return type::String();
      }
      if (options.prefers_decimal) {
        const auto parts = type::ParseDecimalParts(d.raw(n));
        if (parts.has_value() && parts->scale >= 0 && parts->scale <= parts->precision) {
          return type::Decimal(parts->precision, parts->scale);
        }
      }
      return type::Double();
    case Kind::kString:
      if (options.infer_timestamp && !options.primitives_as_string) {
        const bool fits = options.timestamp != nullptr
                              ? options.timestamp->ParseInstant(d.text(n), zone).has_value()
                              : type::ParseTimestamp(d.text(n), zone).has_value();
        if (fits) {
          return type::Timestamp();
        }
      }
      return type::String();
    case Kind::kArray: {
      TypePtr element = type::Null();
      for (int32_t i = n.first_child; i >= 0; i = d.node(i).next) {
        element = MergeJsonTypes(element, InferJson(d, d.node(i), options, zone));
      }
      return type::Array(element);
    }
    case Kind::kObject: {
      std::map<std::string, TypePtr> members;
      for (int32_t i = n.first_child; i >= 0; i = d.node(i).next) {
        members[std::string(d.key(d.node(i)))] = InferJson(d, d.node(i), options, zone);
      }
      std::vector<type::Field> fields;
      for (auto& [name, t] : members) {
        fields.push_back({.name = name, .type = t});
      }
      return type::Struct(std::move(fields));
    }
  }
  return type::Null();
}

// What stays unknown is a string.
TypePtr NullsAsStrings(const TypePtr& t) {
  switch (t->id()) {
    case TypeId::kNull:
      return type::String();
    case TypeId::kArray:
      return type::Array(NullsAsStrings(t->element()));
    case TypeId::kStruct: {
      std::vector<type::Field> fields = t->fields();
      for (type::Field& f : fields) {
        f.type = NullsAsStrings(f.type);
      }
      return type::Struct(std::move(fields));
    }
    default:
      return t;
  }
}

}  // namespace emery::functions
