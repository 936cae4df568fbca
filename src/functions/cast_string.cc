#include <charconv>
#include <string>

#include "functions/cast_internal.h"
#include "functions/evaluator.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {

using type::int128_t;
using type::TypeId;

namespace {

template <class T>
Result<VectorPtr> IntegerToString(const CastCall& call) {
  return MapCast(call, [](T v, StringWriter& out) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof(text), static_cast<int64_t>(v)).ptr;
    out.Append(std::string_view(text, static_cast<size_t>(end - text)));
  });
}

/// The elements that the rows use, in order, so that what nobody sees is not converted.
VectorPtr UsedElements(const Vector& list, size_t child) {
  const auto* entries = list.values<ListEntry>();
  std::vector<int32_t> rows;
  for (int64_t i = 0; i < list.size(); ++i) {
    if (!list.IsNull(i)) {
      for (int32_t k = 0; k < entries[i].length; ++k) {
        rows.push_back(entries[i].offset + k);
      }
    }
  }
  return columnar::Gather(list.children()[child], rows.data(), static_cast<int64_t>(rows.size()));
}

Result<VectorPtr> ElementsToStrings(const CastCall& call, const VectorPtr& elements) {
  ARROW_ASSIGN_OR_RAISE(VectorPtr strings,
                        CastVector(elements, type::String(), call.mode, call.context));
  return columnar::Flatten(strings);
}

void AppendElement(const Vector& strings, int64_t row, std::string* out) {
  if (strings.IsNull(row)) {
    *out += "null";
  } else {
    *out += strings.values<StringView>()[row].view();
  }
}

Result<VectorPtr> NestedToString(const CastCall& call) {
  const Vector& v = *call.vector;
  FlatWriter writer(call.to, v.size());
  writer.SetValidity(v.validity());
  std::string text;
  if (call.from.is(TypeId::kStruct)) {
    std::vector<VectorPtr> fields;
    for (const VectorPtr& child : v.children()) {
      ARROW_ASSIGN_OR_RAISE(VectorPtr strings, ElementsToStrings(call, child));
      fields.push_back(std::move(strings));
    }
    for (int64_t i = 0; i < v.size(); ++i) {
      if (v.IsNull(i)) {
        continue;
      }
      text = "{";
      for (size_t f = 0; f < fields.size(); ++f) {
        if (f > 0) {
          text += ", ";
        }
        AppendElement(*fields[f], i, &text);
      }
      text += "}";
      writer.SetString(i, text);
    }
    return writer.Finish(v.size());
  }
  const bool is_map = call.from.is(TypeId::kMap);
  ARROW_ASSIGN_OR_RAISE(VectorPtr keys, ElementsToStrings(call, UsedElements(v, 0)));
  VectorPtr values;
  if (is_map) {
    ARROW_ASSIGN_OR_RAISE(values, ElementsToStrings(call, UsedElements(v, 1)));
  }
  const auto* entries = v.values<ListEntry>();
  int64_t at = 0;
  for (int64_t i = 0; i < v.size(); ++i) {
    if (v.IsNull(i)) {
      continue;
    }
    text = is_map ? "{" : "[";
    for (int32_t k = 0; k < entries[i].length; ++k, ++at) {
      if (k > 0) {
        text += ", ";
      }
      AppendElement(*keys, at, &text);
      if (is_map) {
        text += " -> ";
        AppendElement(*values, at, &text);
      }
    }
    text += is_map ? "}" : "]";
    writer.SetString(i, text);
  }
  return writer.Finish(v.size());
}

}  // namespace

Result<VectorPtr> CastToString(const CastCall& call) {
  const type::TimeZone& zone =
      call.context.time_zone != nullptr ? *call.context.time_zone : *type::TimeZone::Utc();
  switch (call.from.id()) {
    case TypeId::kNull:
      return Vector::MakeNull(call.to, call.vector->size());
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kBinary:
      return Vector::WithType(call.vector, call.to);
    case TypeId::kBoolean:
      return MapCast(call, [](bool v, StringWriter& out) { out.Refer(v ? "true" : "false"); });
    case TypeId::kByte:
      return IntegerToString<int8_t>(call);
    case TypeId::kShort:
      return IntegerToString<int16_t>(call);
    case TypeId::kInt:
      return IntegerToString<int32_t>(call);
    case TypeId::kLong:
      return IntegerToString<int64_t>(call);
    case TypeId::kFloat:
      return MapCast(call, [](float v, StringWriter& out) { out.Append(type::FormatFloat(v)); });
    case TypeId::kDouble:
      return MapCast(call, [](double v, StringWriter& out) { out.Append(type::FormatDouble(v)); });
    case TypeId::kDecimal: {
      const int scale = call.from.scale();
      const bool plain = call.strict();
      const auto append = [=](int128_t v, StringWriter& out) {
        out.Append(plain ? type::FormatDecimal(v, scale) : type::FormatDecimalScientific(v, scale));
      };
      if (call.from.physical() == type::PhysicalType::kInt64) {
        return MapCast(call, [=](int64_t v, StringWriter& out) { append(v, out); });
      }
      return MapCast(call, [=](int128_t v, StringWriter& out) { append(v, out); });
    }
    case TypeId::kDate:
      return MapCast(call, [](int32_t v, StringWriter& out) { out.Append(type::FormatDate(v)); });
    case TypeId::kTimestamp:
      return MapCast(
          call, [&](int64_t v, StringWriter& out) { out.Append(type::FormatTimestamp(v, zone)); });
    case TypeId::kTimestampNtz:
      return MapCast(call,
                     [](int64_t v, StringWriter& out) { out.Append(type::FormatTimestampNtz(v)); });
    case TypeId::kYearMonthInterval: {
      const auto start = call.from.start_field();
      const auto end = call.from.end_field();
      return MapCast(call, [=](int32_t v, StringWriter& out) {
        out.Append(type::FormatYearMonthInterval(v, start, end));
      });
    }
    case TypeId::kDayTimeInterval: {
      const auto start = call.from.start_field();
      const auto end = call.from.end_field();
      return MapCast(call, [=](int64_t v, StringWriter& out) {
        out.Append(type::FormatDayTimeInterval(v, start, end));
      });
    }
    case TypeId::kCalendarInterval:
      return MapCast(call, [](const type::CalendarInterval& v, StringWriter& out) {
        out.Append(type::FormatCalendarInterval(v));
      });
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
      return NestedToString(call);
  }
  return NoSuchCast(call);
}

namespace {

template <class T>
Result<VectorPtr> IntegerToBinary(const CastCall& call) {
  return MapCast(call, [](T v, StringWriter& out) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
      out.Append(static_cast<char>(static_cast<int64_t>(v) >> shift));
    }
  });
}

}  // namespace

Result<VectorPtr> CastToBinary(const CastCall& call) {
  switch (call.from.id()) {
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return Vector::WithType(call.vector, call.to);
    case TypeId::kByte:
      return IntegerToBinary<int8_t>(call);
    case TypeId::kShort:
      return IntegerToBinary<int16_t>(call);
    case TypeId::kInt:
      return IntegerToBinary<int32_t>(call);
    case TypeId::kLong:
      return IntegerToBinary<int64_t>(call);
    default:
      return NoSuchCast(call);
  }
}

Result<VectorPtr> CastToNested(const CastCall& call) {
  const Vector& v = *call.vector;
  if (call.from.id() != call.to->id() || call.from.fields().size() != call.to->fields().size()) {
    return NoSuchCast(call);
  }
  std::vector<VectorPtr> children;
  if (call.from.is(TypeId::kStruct)) {
    for (size_t i = 0; i < v.children().size(); ++i) {
      VectorPtr child = v.children()[i];
      if (v.may_have_nulls() && !child->is_constant()) {
        // Values below a null struct may be anything: they must not fail the cast.
        child = columnar::Flatten(child);
        const VectorPtr as_argument = Vector::WithType(call.vector, call.vector->type());
        child = Vector::WithValidity(child, CombineValidity({child, as_argument}, v.size()));
      }
      ARROW_ASSIGN_OR_RAISE(VectorPtr cast,
                            CastVector(child, call.to->fields()[i].type, call.mode, call.context));
      children.push_back(std::move(cast));
    }
    return Vector::MakeNested(call.to, v.size(), nullptr, v.validity_buffer(), std::move(children));
  }
  for (size_t i = 0; i < v.children().size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(VectorPtr cast, CastVector(UsedElements(v, i), call.to->fields()[i].type,
                                                     call.mode, call.context));
    children.push_back(std::move(cast));
  }
  columnar::BufferPtr entries = columnar::Buffer::Allocate(v.size() * sizeof(ListEntry));
  auto* out = reinterpret_cast<ListEntry*>(entries->mutable_data());
  int32_t at = 0;
  for (int64_t i = 0; i < v.size(); ++i) {
    const int32_t length = v.IsNull(i) ? 0 : v.values<ListEntry>()[i].length;
    out[i] = {at, length};
    at += length;
  }
  return Vector::MakeNested(call.to, v.size(), std::move(entries), v.validity_buffer(),
                            std::move(children));
}

}  // namespace emery::functions
