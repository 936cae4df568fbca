// Partition transforms on vectors (Iceberg specification, "Partition Transforms").
#include <algorithm>

#include "table/iceberg/data_writer.h"
#include "table/iceberg/murmur3_internal.h"
#include "table/iceberg/transform.h"

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes a StringView's inline bytes for its prefix alone.
#pragma GCC diagnostic ignored "-Warray-bounds"
#endif

namespace emery::table::iceberg {

using columnar::FlatWriter;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using columnar::VectorReader;
using type::PhysicalType;
using type::TypeId;

namespace {

constexpr int64_t kMicrosPerHour = int64_t{3600} * 1000000;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

int64_t FloorDivide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return quotient - (a % b < 0 ? 1 : 0);
}

/// Calls body(i) for each row that is not null and marks the others.
template <class T, class F>
void ForEachValue(const Vector& source, FlatWriter* out, F body) {
  const VectorReader<T> values(source);
  const int64_t size = source.size();
  if (!values.may_have_nulls()) {
    for (int64_t i = 0; i < size; ++i) {
      body(i, values[i]);
    }
    return;
  }
  for (int64_t i = 0; i < size; ++i) {
    if (values.IsNull(i)) {
      out->SetNull(i);
    } else {
      body(i, values[i]);
    }
  }
}

uint32_t HashLong(int64_t value) {
  return Murmur3(&value, sizeof(value));
}

uint32_t HashDecimal(type::int128_t value) {
  const std::string bytes = BigEndianBytes(value);
  return Murmur3(bytes.data(), bytes.size());
}

Status NotApplicable(const Transform& transform, const type::DataType& type) {
  return base::Unsupported("the partition transform " + transform.text + " on a column of type " +
                           type.Sql());
}

Result<VectorPtr> Bucket(const Transform& transform, const Vector& source) {
  FlatWriter out(type::Int(), source.size());
  auto* buckets = out.values<int32_t>();
  const auto count = static_cast<uint32_t>(transform.parameter);
  const auto bucket = [count](uint32_t hash) {
    return static_cast<int32_t>((hash & 0x7fffffff) % count);
  };
  const type::DataType& type = *source.type();
  if (type.is_floating() || type.is(TypeId::kBoolean) || type.is_nested() || type.is_interval()) {
    return NotApplicable(transform, type);
  }
  switch (source.physical()) {
    case PhysicalType::kInt8:
      ForEachValue<int8_t>(source, &out,
                           [&](int64_t i, int8_t v) { buckets[i] = bucket(HashLong(v)); });
      break;
    case PhysicalType::kInt16:
      ForEachValue<int16_t>(source, &out,
                            [&](int64_t i, int16_t v) { buckets[i] = bucket(HashLong(v)); });
      break;
    case PhysicalType::kInt32:
      ForEachValue<int32_t>(source, &out,
                            [&](int64_t i, int32_t v) { buckets[i] = bucket(HashLong(v)); });
      break;
    case PhysicalType::kInt64:
      if (type.is_decimal()) {
        ForEachValue<int64_t>(source, &out,
                              [&](int64_t i, int64_t v) { buckets[i] = bucket(HashDecimal(v)); });
      } else {
        ForEachValue<int64_t>(source, &out,
                              [&](int64_t i, int64_t v) { buckets[i] = bucket(HashLong(v)); });
      }
      break;
    case PhysicalType::kInt128:
      ForEachValue<type::int128_t>(
          source, &out, [&](int64_t i, type::int128_t v) { buckets[i] = bucket(HashDecimal(v)); });
      break;
    case PhysicalType::kString:
      ForEachValue<StringView>(source, &out, [&](int64_t i, const StringView& v) {
        buckets[i] = bucket(Murmur3(v.data(), v.size()));
      });
      break;
    default:
      return NotApplicable(transform, type);
  }
  return out.Finish(source.size());
}

template <class T>
T TruncateNumber(T v, T width) {
  const T rest = static_cast<T>(((v % width) + width) % width);
  return static_cast<T>(v - rest);
}

/// Bytes of the first `count` code points.
size_t Utf8Prefix(std::string_view text, int32_t count) {
  size_t at = 0;
  while (at < text.size() && count > 0) {
    ++at;
    while (at < text.size() && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80) {
      ++at;
    }
    --count;
  }
  return at;
}

Result<VectorPtr> Truncate(const Transform& transform, const Vector& source) {
  FlatWriter out(source.type(), source.size());
  const int32_t width = transform.parameter;
  const type::DataType& type = *source.type();
  if (type.is_datetime() || type.is_interval()) {
    return NotApplicable(transform, type);
  }
  switch (source.physical()) {
    case PhysicalType::kInt32: {
      auto* values = out.values<int32_t>();
      ForEachValue<int32_t>(source, &out, [&](int64_t i, int32_t v) {
        values[i] = static_cast<int32_t>(TruncateNumber<int64_t>(v, width));
      });
      break;
    }
    case PhysicalType::kInt64: {
      auto* values = out.values<int64_t>();
      ForEachValue<int64_t>(source, &out, [&](int64_t i, int64_t v) {
        values[i] = static_cast<int64_t>(TruncateNumber<type::int128_t>(v, width));
      });
      break;
    }
    case PhysicalType::kInt128: {
      auto* values = out.values<type::int128_t>();
      ForEachValue<type::int128_t>(source, &out, [&](int64_t i, type::int128_t v) {
        values[i] = TruncateNumber<type::int128_t>(v, width);
      });
      break;
    }
    case PhysicalType::kString: {
      const bool text = type.is_string();
      ForEachValue<StringView>(source, &out, [&](int64_t i, const StringView& v) {
        const std::string_view view = v.view();
        out.SetString(
            i, view.substr(0, text ? Utf8Prefix(view, width)
                                   : std::min<size_t>(view.size(), static_cast<size_t>(width))));
      });
      break;
    }
    default:
      return NotApplicable(transform, type);
  }
  return out.Finish(source.size());
}

/// Months since 1970-01 of a day since the epoch.
int32_t MonthOfDay(int64_t day) {
  const int64_t shifted = day + 719468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return static_cast<int32_t>((year - 1970) * 12 + month - 1);
}

int32_t TimeValue(TransformKind kind, int64_t day) {
  switch (kind) {
    case TransformKind::kYear:
      return static_cast<int32_t>(FloorDivide(MonthOfDay(day), 12));
    case TransformKind::kMonth:
      return MonthOfDay(day);
    default:
      return static_cast<int32_t>(day);
  }
}

Result<VectorPtr> Time(const Transform& transform, const Vector& source) {
  const TransformKind kind = transform.kind;
  const bool date = source.type()->is(TypeId::kDate);
  if (!source.type()->is_datetime() || (date && kind == TransformKind::kHour)) {
    return NotApplicable(transform, *source.type());
  }
  FlatWriter out(kind == TransformKind::kDay ? type::Date() : type::Int(), source.size());
  auto* values = out.values<int32_t>();
  if (date) {
    ForEachValue<int32_t>(source, &out,
                          [&](int64_t i, int32_t v) { values[i] = TimeValue(kind, v); });
  } else if (kind == TransformKind::kHour) {
    ForEachValue<int64_t>(source, &out, [&](int64_t i, int64_t v) {
      values[i] = static_cast<int32_t>(FloorDivide(v, kMicrosPerHour));
    });
  } else {
    // Neighbouring rows mostly fall on the same day.
    int64_t last_day = INT64_MIN;
    int32_t last = 0;
    ForEachValue<int64_t>(source, &out, [&](int64_t i, int64_t v) {
      const int64_t day = FloorDivide(v, kMicrosPerDay);
      if (day != last_day) {
        last_day = day;
        last = TimeValue(kind, day);
      }
      values[i] = last;
    });
  }
  return out.Finish(source.size());
}

Result<VectorPtr> Apply(const Transform& transform, const VectorPtr& source) {
  if (source->is_constant() && transform.kind != TransformKind::kIdentity &&
      transform.kind != TransformKind::kVoid && source->size() > 1) {
    ARROW_ASSIGN_OR_RAISE(auto one, Apply(transform, columnar::Slice(source, 0, 1)));
    return Vector::MakeConstant(one, 0, source->size());
  }
  switch (transform.kind) {
    case TransformKind::kIdentity:
      return source;
    case TransformKind::kVoid:
      return Vector::MakeNull(source->type(), source->size());
    case TransformKind::kBucket:
      return Bucket(transform, *source);
    case TransformKind::kTruncate:
      return Truncate(transform, *source);
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kDay:
    case TransformKind::kHour:
      return Time(transform, *source);
    case TransformKind::kUnknown:
      break;
  }
  return base::Unsupported("writing to an Iceberg table with the partition transform " +
                           transform.text);
}

/// The column of field `id`, inside structs too; null where the schema has none.
VectorPtr FindColumn(const type::Schema& fields, const std::vector<VectorPtr>& columns,
                     int32_t id) {
  for (size_t i = 0; i < fields.size() && i < columns.size(); ++i) {
    if (fields[i].field_id == id) {
      return columns[i];
    }
    if (fields[i].type->is(TypeId::kStruct) && FindField(fields[i].type->fields(), id) != nullptr) {
      // A null struct's members are null.
      const VectorPtr flat = columnar::Flatten(columns[i]);
      VectorPtr inner = FindColumn(fields[i].type->fields(), flat->children(), id);
      if (inner == nullptr || !flat->may_have_nulls()) {
        return inner;
      }
      auto builder = columnar::VectorBuilder::Make(inner->type());
      for (int64_t row = 0; row < flat->size(); ++row) {
        if (flat->IsNull(row)) {
          builder->AppendNull();
        } else {
          builder->AppendFrom(*inner, row);
        }
      }
      return builder->Finish();
    }
  }
  return nullptr;
}

}  // namespace

Result<std::vector<VectorPtr>> PartitionColumns(const PartitionSpec& spec,
                                                const type::Schema& schema,
                                                const columnar::Batch& batch) {
  std::vector<VectorPtr> columns;
  for (const auto& field : spec.fields) {
    const VectorPtr source = FindColumn(schema, batch.columns, field.source_id);
    if (source == nullptr) {
      if (field.transform.kind != TransformKind::kVoid) {
        return base::InternalError("the source column of the partition field " + field.name +
                                   " is missing");
      }
      columns.push_back(Vector::MakeNull(type::Null(), batch.num_rows));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto column, Apply(field.transform, source));
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace emery::table::iceberg
