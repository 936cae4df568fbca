#include "execution/nested_encoding.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace emery::execution {

namespace {

using columnar::ListEntry;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using type::PhysicalType;

template <class T>
void Append(std::string* out, const T& value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T Take(const char** next) {
  T value;
  std::memcpy(&value, *next, sizeof value);
  *next += sizeof value;
  return value;
}

void Encode(const Vector& vector, int64_t row, bool normalize, std::string* out) {
  if (vector.physical() == PhysicalType::kNull || vector.IsNull(row)) {
    out->push_back(0);
    return;
  }
  out->push_back(1);
  const Vector* flat = &vector;
  int64_t at = row;
  if (vector.is_dictionary()) {
    at = vector.indices()[row];
    flat = vector.base().get();
  } else if (vector.is_constant()) {
    at = 0;
  }
  switch (flat->physical()) {
    case PhysicalType::kStruct:
      for (const VectorPtr& child : flat->children()) {
        Encode(*child, at, normalize, out);
      }
      return;
    case PhysicalType::kList: {
      const ListEntry entry = flat->values<ListEntry>()[at];
      Append(out, entry.length);
      for (int32_t i = 0; i < entry.length; ++i) {
        for (const VectorPtr& child : flat->children()) {
          Encode(*child, entry.offset + i, normalize, out);
        }
      }
      return;
    }
    case PhysicalType::kString: {
      const std::string_view text = flat->values<StringView>()[at].view();
      Append(out, static_cast<uint32_t>(text.size()));
      out->append(text);
      return;
    }
    default:
      columnar::DispatchPhysical(flat->physical(), [&]<class T>(std::type_identity<T>) {
        T value = flat->values<T>()[at];
        if constexpr (std::is_floating_point_v<T>) {
          if (normalize) {
            value = std::isnan(value) ? std::numeric_limits<T>::quiet_NaN() : value + T{0};
          }
        }
        Append(out, value);
      });
  }
}

type::Value Decode(const type::DataType& type, const char** next) {
  if (Take<char>(next) == 0) {
    return type::Value();
  }
  const auto integer = [&](int64_t v) {
    return type.is_decimal() ? type::Value::Decimal(v) : type::Value::Int(v);
  };
  switch (type.physical()) {
    case PhysicalType::kBool:
      return type::Value::Bool(Take<uint8_t>(next) != 0);
    case PhysicalType::kInt8:
      return integer(Take<int8_t>(next));
    case PhysicalType::kInt16:
      return integer(Take<int16_t>(next));
    case PhysicalType::kInt32:
      return integer(Take<int32_t>(next));
    case PhysicalType::kInt64:
      return integer(Take<int64_t>(next));
    case PhysicalType::kInt128:
      return type::Value::Decimal(Take<type::int128_t>(next));
    case PhysicalType::kFloat:
      return type::Value::Float(Take<float>(next));
    case PhysicalType::kDouble:
      return type::Value::Double(Take<double>(next));
    case PhysicalType::kInterval:
      return type::Value::Interval(Take<type::CalendarInterval>(next));
    case PhysicalType::kString: {
      const auto size = Take<uint32_t>(next);
      std::string text(*next, size);
      *next += size;
      return type::Value::String(std::move(text));
    }
    case PhysicalType::kList: {
      const auto length = Take<int32_t>(next);
      std::vector<type::Value> values;
      values.reserve(length * type.fields().size());
      for (int32_t i = 0; i < length; ++i) {
        for (const type::Field& field : type.fields()) {
          values.push_back(Decode(*field.type, next));
        }
      }
      return type::Value::MakeList(std::move(values));
    }
    case PhysicalType::kStruct: {
      std::vector<type::Value> values;
      values.reserve(type.fields().size());
      for (const type::Field& field : type.fields()) {
        values.push_back(Decode(*field.type, next));
      }
      return type::Value::MakeList(std::move(values));
    }
    case PhysicalType::kNull:
      break;
  }
  return type::Value();
}

}  // namespace

void EncodeNested(const Vector& vector, int64_t row, bool normalize_floats, std::string* bytes) {
  Encode(vector, row, normalize_floats, bytes);
}

type::Value DecodeNested(const type::DataType& type, std::string_view bytes) {
  const char* next = bytes.data();
  return Decode(type, &next);
}

}  // namespace emery::execution
