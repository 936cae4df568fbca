#include <bit>
#include <cstring>
#include <utility>

#include "columnar/string_view.h"
#include "format/parquet/leaf_target_internal.h"
#include "type/calendar.h"
#include "type/decimal.h"

namespace emery::format::parquet {

using columnar::StringView;
using type::int128_t;
using type::PhysicalType;
using type::TypeId;

namespace {

const char* TypeName(ParquetType type) {
  switch (type) {
    case ParquetType::kBoolean:
      return "BOOLEAN";
    case ParquetType::kInt32:
      return "INT32";
    case ParquetType::kInt64:
      return "INT64";
    case ParquetType::kInt96:
      return "INT96";
    case ParquetType::kFloat:
      return "FLOAT";
    case ParquetType::kDouble:
      return "DOUBLE";
    case ParquetType::kByteArray:
      return "BINARY";
    case ParquetType::kFixed:
      return "FIXED_LEN_BYTE_ARRAY";
  }
  return "";
}

Status Mismatch(const std::string& path, const SchemaNode& leaf, const type::DataType& type) {
  std::string condition = "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH";
  std::string state(base::SqlStateOf(condition));
  return Status(arrow::StatusCode::Invalid,
                "Encountered error while reading file " + path +
                    ". Data type mismatches when reading Parquet column [" + leaf.name +
                    "]. Expected Spark type " + type.ToString() + ", actual Parquet type " +
                    TypeName(leaf.physical) + ".",
                std::make_shared<base::ErrorDetail>(
                    std::move(condition), std::move(state),
                    base::ErrorParameters{{"path", path},
                                          {"column", "[" + leaf.name + "]"},
                                          {"expectedType", type.ToString()},
                                          {"actualType", TypeName(leaf.physical)}},
                    base::Position{}));
}

/// Digits before the point that an integer column needs.
int IntegerDigits(const SchemaNode& leaf) {
  const int bits = leaf.annotation == Annotation::kInteger ? leaf.bit_width
                   : leaf.physical == ParquetType::kInt32  ? 32
                                                           : 64;
  return bits <= 8 ? 3 : bits <= 16 ? 5 : bits <= 32 ? 10 : 20;
}

template <class In, class Out, class F>
bool Map(const void* in, int64_t count, void* out, F f) {
  const auto* source = static_cast<const uint8_t*>(in);
  auto* target = static_cast<Out*>(out);
  for (int64_t i = 0; i < count; ++i) {
    In value;
    std::memcpy(&value, source + i * static_cast<int64_t>(sizeof(In)), sizeof(In));
    target[i] = f(value);
  }
  return true;
}

struct Int96 {
  uint32_t words[3];
};

float HalfToFloat(StringView bytes) {
  if (bytes.size() != 2) {
    return 0;
  }
  uint16_t half;
  std::memcpy(&half, bytes.data(), 2);
  const uint32_t sign = static_cast<uint32_t>(half >> 15) << 31;
  uint32_t exponent = (half >> 10) & 31;
  uint32_t mantissa = half & 1023;
  if (exponent == 31) {
    return std::bit_cast<float>(sign | 0x7f800000U | (mantissa << 13));
  }
  if (exponent == 0) {
    const float value = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

/// Big-endian two's complement of any length; false where it has more than 128 significant bits.
bool BytesToInt128(const uint8_t* bytes, uint32_t size, int128_t* value) {
  const bool negative = size > 0 && (bytes[0] & 128) != 0;
  while (size > 16) {
    if (*bytes != (negative ? 255 : 0)) {
      return false;
    }
    ++bytes;
    --size;
  }
  unsigned __int128 v = negative ? ~static_cast<unsigned __int128>(0) : 0;
  for (uint32_t i = 0; i < size; ++i) {
    v = (v << 8) | bytes[i];
  }
  *value = static_cast<int128_t>(v);
  return true;
}

template <class In, class Out>
bool ToDecimal(const void* in, int64_t count, void* out, int scale_up) {
  const auto factor = static_cast<Out>(type::PowerOfTen(scale_up));
  const auto* source = static_cast<const In*>(in);
  auto* target = static_cast<Out*>(out);
  bool overflow = false;
  for (int64_t i = 0; i < count; ++i) {
    Out product;
    overflow |= __builtin_mul_overflow(static_cast<Out>(source[i]), factor, &product);
    target[i] = product;
  }
  return !overflow;
}

template <class Out>
bool BytesToDecimal(const void* in, int64_t count, void* out, int scale_up) {
  const auto factor = static_cast<Out>(type::PowerOfTen(scale_up));
  const auto* views = static_cast<const StringView*>(in);
  auto* target = static_cast<Out*>(out);
  for (int64_t i = 0; i < count; ++i) {
    int128_t value = 0;
    if (!BytesToInt128(reinterpret_cast<const uint8_t*>(views[i].data()), views[i].size(),
                       &value) ||
        static_cast<int128_t>(static_cast<Out>(value)) != value ||
        __builtin_mul_overflow(static_cast<Out>(value), factor, &target[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<LeafTarget> MakeLeafTarget(const std::string& path, const SchemaNode& leaf,
                                  const type::TypePtr& type) {
  LeafTarget target{type, Conversion::kNone, 0};
  const auto with = [&](Conversion conversion) {
    target.conversion = conversion;
    return target;
  };
  const Annotation annotation = leaf.annotation;
  const TypeId id = type->id();
  if (type->is_decimal()) {
    const bool is_decimal = annotation == Annotation::kDecimal;
    const bool integer = annotation == Annotation::kNone || annotation == Annotation::kInteger;
    const int digits = is_decimal ? leaf.precision - leaf.scale : IntegerDigits(leaf);
    const int scale = is_decimal ? leaf.scale : 0;
    const bool wide = type->physical() == PhysicalType::kInt128;
    if (type->scale() < scale || type->precision() - type->scale() < digits) {
      // Spark reads int64 as decimal(19,0) and up only; an unannotated int32 or int64 may hold
      // fewer digits by its own type's rule, which is what is checked here.
      if (!(integer && leaf.physical == ParquetType::kInt64 &&
            type->precision() - type->scale() >= 19)) {
        return Mismatch(path, leaf, *type);
      }
    }
    target.scale_up = type->scale() - scale;
    switch (leaf.physical) {
      case ParquetType::kInt32:
        if (!is_decimal && !integer) {
          break;
        }
        if (annotation == Annotation::kInteger && !leaf.is_signed && leaf.bit_width == 32) {
          break;
        }
        return with(wide ? Conversion::kInt32ToDecimal128 : Conversion::kInt32ToDecimal64);
      case ParquetType::kInt64:
        if (!is_decimal && !integer) {
          break;
        }
        if (annotation == Annotation::kInteger && !leaf.is_signed && leaf.bit_width == 64) {
          if (!wide) {
            break;
          }
          return with(Conversion::kUint64ToDecimal128);
        }
        if (!wide && target.scale_up == 0) {
          return target;
        }
        return with(wide ? Conversion::kInt64ToDecimal128 : Conversion::kInt64ToDecimal64);
      case ParquetType::kByteArray:
      case ParquetType::kFixed:
        if (!is_decimal) {
          break;
        }
        return with(wide ? Conversion::kBytesToDecimal128 : Conversion::kBytesToDecimal64);
      default:
        break;
    }
    return Mismatch(path, leaf, *type);
  }
  if (annotation == Annotation::kDecimal && !type->is(TypeId::kBinary) &&
      !(leaf.scale == 0 && type->is_integral())) {
    return Mismatch(path, leaf, *type);
  }
  switch (leaf.physical) {
    case ParquetType::kBoolean:
      if (id == TypeId::kBoolean) {
        return target;
      }
      break;
    case ParquetType::kInt32: {
      const bool is_uint32 =
          annotation == Annotation::kInteger && !leaf.is_signed && leaf.bit_width == 32;
      if (annotation == Annotation::kTime || annotation == Annotation::kOther) {
        break;
      }
      if (annotation == Annotation::kDate) {
        if (id == TypeId::kDate) {
          return target;
        }
        if (id == TypeId::kTimestampNtz) {
          return with(Conversion::kDaysToMicros);
        }
        break;
      }
      switch (id) {
        case TypeId::kByte:
          return with(Conversion::kInt32ToInt8);
        case TypeId::kShort:
          return with(Conversion::kInt32ToInt16);
        case TypeId::kInt:
        case TypeId::kYearMonthInterval:
        case TypeId::kDate:
          return target;
        case TypeId::kLong:
          return with(is_uint32 ? Conversion::kUint32ToInt64 : Conversion::kInt32ToInt64);
        case TypeId::kDayTimeInterval:
          return with(Conversion::kInt32ToInt64);
        case TypeId::kDouble:
          return with(Conversion::kInt32ToDouble);
        case TypeId::kFloat:
          return with(Conversion::kInt32ToFloat);
        default:
          break;
      }
      break;
    }
    case ParquetType::kInt64:
      switch (annotation) {
        case Annotation::kTimestampMillis:
        case Annotation::kTimestampMicros:
        case Annotation::kTimestampNanos:
          if (id == TypeId::kTimestamp || id == TypeId::kTimestampNtz) {
            return with(annotation == Annotation::kTimestampMillis  ? Conversion::kMillisToMicros
                        : annotation == Annotation::kTimestampNanos ? Conversion::kNanosToMicros
                                                                    : Conversion::kNone);
          }
          if (id == TypeId::kLong) {
            return target;
          }
          break;
        case Annotation::kTime:
        case Annotation::kOther:
          break;
        default:
          if (id == TypeId::kLong || id == TypeId::kDayTimeInterval || id == TypeId::kTimestamp) {
            return target;
          }
      }
      break;
    case ParquetType::kInt96:
      if (id == TypeId::kTimestamp || id == TypeId::kTimestampNtz) {
        return with(Conversion::kInt96ToMicros);
      }
      break;
    case ParquetType::kFloat:
      if (id == TypeId::kFloat) {
        return target;
      }
      if (id == TypeId::kDouble) {
        return with(Conversion::kFloatToDouble);
      }
      break;
    case ParquetType::kDouble:
      if (id == TypeId::kDouble) {
        return target;
      }
      break;
    case ParquetType::kFixed:
      if (annotation == Annotation::kFloat16 && id == TypeId::kFloat && leaf.type_length == 2) {
        return with(Conversion::kHalfToFloat);
      }
      [[fallthrough]];
    case ParquetType::kByteArray:
      if (type->is_string() || id == TypeId::kBinary) {
        return target;
      }
      break;
  }
  return Mismatch(path, leaf, *type);
}

bool ConvertValues(const LeafTarget& target, const void* in, int64_t count, void* out) {
  switch (target.conversion) {
    case Conversion::kNone:
      return false;  // callers decode in place
    case Conversion::kInt32ToInt8:
      return Map<int32_t, int8_t>(in, count, out, [](int32_t v) { return static_cast<int8_t>(v); });
    case Conversion::kInt32ToInt16:
      return Map<int32_t, int16_t>(in, count, out,
                                   [](int32_t v) { return static_cast<int16_t>(v); });
    case Conversion::kInt32ToInt64:
      return Map<int32_t, int64_t>(in, count, out, [](int32_t v) { return int64_t{v}; });
    case Conversion::kInt32ToDouble:
      return Map<int32_t, double>(in, count, out, [](int32_t v) { return double{1.0} * v; });
    case Conversion::kInt32ToFloat:
      return Map<int32_t, float>(in, count, out, [](int32_t v) { return static_cast<float>(v); });
    case Conversion::kUint32ToInt64:
      return Map<uint32_t, int64_t>(in, count, out, [](uint32_t v) { return int64_t{v}; });
    case Conversion::kInt32ToDecimal64:
      return ToDecimal<int32_t, int64_t>(in, count, out, target.scale_up);
    case Conversion::kInt32ToDecimal128:
      return ToDecimal<int32_t, int128_t>(in, count, out, target.scale_up);
    case Conversion::kInt64ToDecimal64:
      return ToDecimal<int64_t, int64_t>(in, count, out, target.scale_up);
    case Conversion::kInt64ToDecimal128:
      return ToDecimal<int64_t, int128_t>(in, count, out, target.scale_up);
    case Conversion::kUint64ToDecimal128:
      return ToDecimal<uint64_t, int128_t>(in, count, out, target.scale_up);
    case Conversion::kInt96ToMicros: {
      constexpr int64_t kJulianEpoch = 2440588;
      return Map<Int96, int64_t>(in, count, out, [](const Int96& v) {
        const uint64_t nanos = (uint64_t{v.words[1]} << 32) | v.words[0];
        const int64_t days = int64_t{v.words[2]} - kJulianEpoch;
        return static_cast<int64_t>(static_cast<uint64_t>(days) *
                                        static_cast<uint64_t>(type::kMicrosPerDay) +
                                    nanos / 1000);
      });
    }
    case Conversion::kMillisToMicros: {
      bool overflow = false;
      Map<int64_t, int64_t>(in, count, out, [&](int64_t v) {
        int64_t micros;
        overflow |= __builtin_mul_overflow(v, int64_t{1000}, &micros);
        return micros;
      });
      return !overflow;
    }
    case Conversion::kNanosToMicros:
      return Map<int64_t, int64_t>(in, count, out,
                                   [](int64_t v) { return type::FloorDiv(v, 1000); });
    case Conversion::kFloatToDouble:
      return Map<float, double>(in, count, out, [](float v) { return double{v}; });
    case Conversion::kHalfToFloat:
      return Map<StringView, float>(in, count, out, HalfToFloat);
    case Conversion::kDaysToMicros:
      return Map<int32_t, int64_t>(in, count, out,
                                   [](int32_t v) { return v * type::kMicrosPerDay; });
    case Conversion::kBytesToDecimal64:
      return BytesToDecimal<int64_t>(in, count, out, target.scale_up);
    case Conversion::kBytesToDecimal128:
      return BytesToDecimal<int128_t>(in, count, out, target.scale_up);
  }
  return false;
}

}  // namespace emery::format::parquet
