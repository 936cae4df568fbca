#include "columnar/arrow.h"

#include <limits>
#include <string>
#include <utility>

#include "arrow/array.h"
#include "arrow/buffer.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "arrow/util/decimal.h"

#include "base/error.h"
#include "columnar/bits_internal.h"

namespace emery::columnar {

using type::DataType;
using type::TypeId;
using type::TypePtr;

namespace {

Status UnsupportedArrow(const std::string& what) {
  return base::UserError("UNSUPPORTED_ARROWTYPE", "Unsupported arrow type " + what + ".",
                         {{"typeName", what}});
}

/// Our memory as an Arrow buffer that keeps it alive.
class SharedBuffer final : public arrow::Buffer {
 public:
  SharedBuffer(const uint8_t* data, int64_t size, std::shared_ptr<const void> owner)
      : arrow::Buffer(data, size), owner_(std::move(owner)) {}

 private:
  std::shared_ptr<const void> owner_;
};

std::shared_ptr<arrow::Buffer> Share(const BufferPtr& buffer) {
  return buffer == nullptr ? nullptr
                           : std::make_shared<SharedBuffer>(
                                 buffer->data(), static_cast<int64_t>(buffer->size()), buffer);
}

}  // namespace

Result<std::shared_ptr<arrow::DataType>> ToArrowType(const DataType& t) {
  switch (t.id()) {
    case TypeId::kNull:
      return arrow::null();
    case TypeId::kBoolean:
      return arrow::boolean();
    case TypeId::kByte:
      return arrow::int8();
    case TypeId::kShort:
      return arrow::int16();
    case TypeId::kInt:
      return arrow::int32();
    case TypeId::kLong:
      return arrow::int64();
    case TypeId::kFloat:
      return arrow::float32();
    case TypeId::kDouble:
      return arrow::float64();
    case TypeId::kDecimal:
      return arrow::decimal128(t.precision(), t.scale());
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return arrow::utf8();
    case TypeId::kBinary:
      return arrow::binary();
    case TypeId::kDate:
      return arrow::date32();
    case TypeId::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case TypeId::kTimestampNtz:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case TypeId::kYearMonthInterval:
      return arrow::month_interval();
    case TypeId::kDayTimeInterval:
      return arrow::duration(arrow::TimeUnit::MICRO);
    case TypeId::kCalendarInterval:
      return arrow::month_day_nano_interval();
    case TypeId::kArray: {
      ARROW_ASSIGN_OR_RAISE(auto element, ToArrowType(*t.element()));
      return arrow::list(arrow::field("element", element, t.contains_null()));
    }
    case TypeId::kMap: {
      ARROW_ASSIGN_OR_RAISE(auto key, ToArrowType(*t.key()));
      ARROW_ASSIGN_OR_RAISE(auto value, ToArrowType(*t.value()));
      return arrow::map(key, arrow::field("value", value, t.fields()[1].nullable));
    }
    case TypeId::kStruct: {
      arrow::FieldVector fields;
      for (const type::Field& field : t.fields()) {
        ARROW_ASSIGN_OR_RAISE(auto child, ToArrowType(*field.type));
        fields.push_back(arrow::field(field.name, child, field.nullable));
      }
      return arrow::struct_(fields);
    }
  }
  return UnsupportedArrow(t.ToString());
}

Result<TypePtr> FromArrowType(const arrow::DataType& t) {
  switch (t.id()) {
    case arrow::Type::NA:
      return type::Null();
    case arrow::Type::BOOL:
      return type::Boolean();
    case arrow::Type::INT8:
      return type::Byte();
    case arrow::Type::UINT8:
    case arrow::Type::INT16:
      return type::Short();
    case arrow::Type::UINT16:
    case arrow::Type::INT32:
      return type::Int();
    case arrow::Type::UINT32:
    case arrow::Type::INT64:
      return type::Long();
    case arrow::Type::FLOAT:
      return type::Float();
    case arrow::Type::DOUBLE:
      return type::Double();
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(t);
      if (decimal.scale() < 0 || decimal.scale() > decimal.precision()) {
        return UnsupportedArrow(t.ToString());
      }
      return type::Decimal(decimal.precision(), decimal.scale());
    }
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      return type::String();
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
      return type::Binary();
    case arrow::Type::DATE32:
      return type::Date();
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(t).timezone().empty() ? type::TimestampNtz()
                                                                            : type::Timestamp();
    case arrow::Type::INTERVAL_MONTHS:
      return type::YearMonthInterval();
    case arrow::Type::DURATION:
      return type::DayTimeInterval();
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return type::CalendarIntervalType();
    case arrow::Type::DICTIONARY:
      return FromArrowType(*static_cast<const arrow::DictionaryType&>(t).value_type());
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::BaseListType&>(t);
      ARROW_ASSIGN_OR_RAISE(TypePtr element, FromArrowType(*list.value_type()));
      return type::Array(element, list.value_field()->nullable());
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(t);
      ARROW_ASSIGN_OR_RAISE(TypePtr key, FromArrowType(*map.key_type()));
      ARROW_ASSIGN_OR_RAISE(TypePtr value, FromArrowType(*map.item_type()));
      return type::Map(key, value, map.item_field()->nullable());
    }
    case arrow::Type::STRUCT: {
      std::vector<type::Field> fields;
      for (const auto& field : t.fields()) {
        ARROW_ASSIGN_OR_RAISE(TypePtr child, FromArrowType(*field->type()));
        fields.push_back({field->name(), child, field->nullable()});
      }
      return type::Struct(std::move(fields));
    }
    default:
      return UnsupportedArrow(t.ToString());
  }
}

Result<std::shared_ptr<arrow::Schema>> ToArrowSchema(const type::Schema& schema) {
  arrow::FieldVector fields;
  for (const type::Field& field : schema) {
    ARROW_ASSIGN_OR_RAISE(auto child, ToArrowType(*field.type));
    fields.push_back(arrow::field(field.name, child, field.nullable));
  }
  return arrow::schema(std::move(fields));
}

Result<type::Schema> FromArrowSchema(const arrow::Schema& schema) {
  type::Schema fields;
  for (const auto& field : schema.fields()) {
    ARROW_ASSIGN_OR_RAISE(TypePtr child, FromArrowType(*field->type()));
    fields.push_back({field->name(), child, field->nullable()});
  }
  return fields;
}

// ---- out
// ---------------------------------------------------------------------------------------------------------------

namespace {

std::shared_ptr<arrow::Buffer> PackBits(const uint8_t* values, int64_t size) {
  BufferPtr bits = Buffer::AllocateZeroed(WordsForBits(size) * 8);
  uint64_t* words = MutableBitsOf(bits);
  for (int64_t i = 0; i < size; ++i) {
    words[i >> 6] |= uint64_t{values[i] != 0} << (i & 63);
  }
  return Share(bits);
}

Result<std::shared_ptr<arrow::ArrayData>> StringsToArrow(
    const Vector& v, std::shared_ptr<arrow::DataType> arrow_type,
    std::shared_ptr<arrow::Buffer> validity) {
  const auto* views = v.values<StringView>();
  int64_t bytes = 0;
  for (int64_t i = 0; i < v.size(); ++i) {
    bytes += v.IsNull(i) ? 0 : views[i].size();
  }
  if (bytes > std::numeric_limits<int32_t>::max()) {
    return base::Unsupported("strings of more than 2 GiB in one Arrow array");
  }
  BufferPtr offsets = Buffer::Allocate((v.size() + 1) * sizeof(int32_t));
  BufferPtr data = Buffer::Allocate(bytes);
  auto* offset = reinterpret_cast<int32_t*>(offsets->mutable_data());
  int32_t at = 0;
  for (int64_t i = 0; i < v.size(); ++i) {
    offset[i] = at;
    if (!v.IsNull(i)) {
      std::memcpy(data->mutable_data() + at, views[i].data(), views[i].size());
      at += static_cast<int32_t>(views[i].size());
    }
  }
  offset[v.size()] = at;
  return arrow::ArrayData::Make(std::move(arrow_type), v.size(),
                                {std::move(validity), Share(offsets), Share(data)});
}

Result<std::shared_ptr<arrow::ArrayData>> ToArrowData(const VectorPtr& vector) {
  const VectorPtr flat = Flatten(vector);
  const Vector& v = *flat;
  ARROW_ASSIGN_OR_RAISE(auto arrow_type, ToArrowType(*v.type()));
  if (v.physical() == type::PhysicalType::kNull) {
    return arrow::ArrayData::Make(arrow_type, v.size(), {nullptr}, v.size());
  }
  std::shared_ptr<arrow::Buffer> validity = Share(v.validity_buffer());
  switch (v.physical()) {
    case type::PhysicalType::kBool:
      return arrow::ArrayData::Make(arrow_type, v.size(),
                                    {validity, PackBits(v.values<uint8_t>(), v.size())});
    case type::PhysicalType::kString:
      return StringsToArrow(v, arrow_type, validity);
    case type::PhysicalType::kInterval: {
      BufferPtr values =
          Buffer::Allocate(v.size() * sizeof(arrow::MonthDayNanoIntervalType::MonthDayNanos));
      auto* out =
          reinterpret_cast<arrow::MonthDayNanoIntervalType::MonthDayNanos*>(values->mutable_data());
      for (int64_t i = 0; i < v.size(); ++i) {
        const type::CalendarInterval& interval = v.values<type::CalendarInterval>()[i];
        int64_t nanos = 0;
        if (__builtin_mul_overflow(interval.microseconds, int64_t{1000}, &nanos)) {
          return base::Unsupported("an interval of more nanoseconds than Arrow holds");
        }
        out[i] = {interval.months, interval.days, nanos};
      }
      return arrow::ArrayData::Make(arrow_type, v.size(), {validity, Share(values)});
    }
    case type::PhysicalType::kStruct: {
      std::vector<std::shared_ptr<arrow::ArrayData>> children;
      for (const VectorPtr& child : v.children()) {
        ARROW_ASSIGN_OR_RAISE(auto data, ToArrowData(child));
        children.push_back(std::move(data));
      }
      return arrow::ArrayData::Make(arrow_type, v.size(), {validity}, std::move(children));
    }
    case type::PhysicalType::kList: {
      const auto* entries = v.values<ListEntry>();
      BufferPtr offsets = Buffer::Allocate((v.size() + 1) * sizeof(int32_t));
      auto* offset = reinterpret_cast<int32_t*>(offsets->mutable_data());
      // Arrow's lists follow one another; ours need not.
      bool in_order = true;
      int32_t at = 0;
      for (int64_t i = 0; i < v.size(); ++i) {
        in_order = in_order && (entries[i].length == 0 || entries[i].offset == at);
        offset[i] = at;
        at += entries[i].length;
      }
      offset[v.size()] = at;
      std::vector<VectorPtr> children = v.children();
      if (!in_order || children[0]->size() != at) {
        std::vector<int32_t> rows;
        rows.reserve(at);
        for (int64_t i = 0; i < v.size(); ++i) {
          for (int32_t k = 0; k < entries[i].length; ++k) {
            rows.push_back(entries[i].offset + k);
          }
        }
        for (VectorPtr& child : children) {
          child = Gather(child, rows.data(), at);
        }
      }
      std::vector<std::shared_ptr<arrow::ArrayData>> data;
      for (const VectorPtr& child : children) {
        ARROW_ASSIGN_OR_RAISE(auto one, ToArrowData(child));
        data.push_back(std::move(one));
      }
      if (v.type()->is(TypeId::kMap)) {
        auto entries_type = static_cast<const arrow::MapType&>(*arrow_type).value_type();
        auto pairs = arrow::ArrayData::Make(entries_type, at, {nullptr}, std::move(data), 0);
        return arrow::ArrayData::Make(arrow_type, v.size(), {validity, Share(offsets)}, {pairs});
      }
      return arrow::ArrayData::Make(arrow_type, v.size(), {validity, Share(offsets)}, {data[0]});
    }
    default:
      break;
  }
  if (v.type()->is_decimal() && v.physical() == type::PhysicalType::kInt64) {
    BufferPtr values = Buffer::Allocate(v.size() * sizeof(type::int128_t));
    auto* out = reinterpret_cast<type::int128_t*>(values->mutable_data());
    for (int64_t i = 0; i < v.size(); ++i) {
      out[i] = v.values<int64_t>()[i];
    }
    return arrow::ArrayData::Make(arrow_type, v.size(), {validity, Share(values)});
  }
  return arrow::ArrayData::Make(arrow_type, v.size(), {validity, Share(v.values_buffer())});
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> ToArrow(const VectorPtr& vector) {
  ARROW_ASSIGN_OR_RAISE(auto data, ToArrowData(vector));
  return arrow::MakeArray(data);
}

Result<std::shared_ptr<arrow::RecordBatch>> ToArrowBatch(
    const Batch& batch, const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (const VectorPtr& column : batch.columns) {
    ARROW_ASSIGN_OR_RAISE(auto array, ToArrow(column));
    columns.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(schema, batch.num_rows, std::move(columns));
}

// ---- in
// ----------------------------------------------------------------------------------------------------------------

namespace {

BufferPtr ImportValidity(const std::shared_ptr<arrow::Array>& array) {
  if (array->null_count() == 0 || array->null_bitmap() == nullptr) {
    return nullptr;
  }
  const int64_t n = array->length();
  BufferPtr bits = Buffer::AllocateZeroed(WordsForBits(n) * 8);
  uint64_t* words = MutableBitsOf(bits);
  // The bitmap may end anywhere: copied bit by bit into padded words where it isn't whole bytes
  // from bit 0 on.
  if (array->offset() == 0) {
    std::memcpy(words, array->null_bitmap_data(), static_cast<size_t>((n + 7) / 8));
    return bits;
  }
  for (int64_t i = 0; i < n; ++i) {
    if (array->IsValid(i)) {
      SetBit(words, i);
    }
  }
  return bits;
}

template <class From, class To, class Convert>
VectorPtr ConvertValues(const std::shared_ptr<arrow::Array>& array, const TypePtr& t,
                        Convert convert) {
  const int64_t n = array->length();
  const From* from = array->data()->GetValues<From>(1);
  BufferPtr values = Buffer::Allocate(n * sizeof(To));
  To* to = reinterpret_cast<To*>(values->mutable_data());
  for (int64_t i = 0; i < n; ++i) {
    to[i] = convert(from[i]);
  }
  return Vector::MakeFlat(t, n, std::move(values), ImportValidity(array));
}

/// Values of the same layout, shared with the array.
VectorPtr ShareValues(const std::shared_ptr<arrow::Array>& array, const TypePtr& t) {
  const int width = type::PhysicalWidth(t->physical());
  const auto& buffer = array->data()->buffers[1];
  const uint8_t* start = buffer == nullptr ? nullptr : buffer->data() + array->offset() * width;
  if (start == nullptr || reinterpret_cast<uintptr_t>(start) % width != 0) {
    // Only memory from outside is not aligned.
    BufferPtr values = Buffer::Allocate(array->length() * width);
    if (start != nullptr) {
      std::memcpy(values->mutable_data(), start, static_cast<size_t>(array->length() * width));
    }
    return Vector::MakeFlat(t, array->length(), std::move(values), ImportValidity(array));
  }
  return Vector::MakeFlat(t, array->length(),
                          Buffer::Wrap(start, static_cast<size_t>(array->length() * width), buffer),
                          ImportValidity(array));
}

template <class ArrowArray>
VectorPtr ImportStrings(const std::shared_ptr<arrow::Array>& array, const TypePtr& t) {
  const auto& strings = static_cast<const ArrowArray&>(*array);
  const int64_t n = array->length();
  BufferPtr values = Buffer::AllocateZeroed(n * sizeof(StringView));
  auto* out = reinterpret_cast<StringView*>(values->mutable_data());
  for (int64_t i = 0; i < n; ++i) {
    if (!array->IsNull(i)) {
      out[i] = StringView(strings.GetView(i));
    }
  }
  const auto& data = array->data()->buffers[2];
  std::vector<BufferPtr> bytes;
  if (data != nullptr) {
    bytes.push_back(Buffer::Wrap(data->data(), static_cast<size_t>(data->size()), data));
  }
  return Vector::MakeFlat(t, n, std::move(values), ImportValidity(array), std::move(bytes));
}

int64_t MicrosPer(arrow::TimeUnit::type unit, int64_t value) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return value * 1'000'000;
    case arrow::TimeUnit::MILLI:
      return value * 1'000;
    case arrow::TimeUnit::MICRO:
      return value;
    case arrow::TimeUnit::NANO:
      break;
  }
  return value >= 0 ? value / 1'000 : -((-value + 999) / 1'000);
}

template <class ListArray>
Result<VectorPtr> ImportList(const std::shared_ptr<arrow::Array>& array, const TypePtr& t) {
  const auto& list = static_cast<const ListArray&>(*array);
  const int64_t n = array->length();
  const int64_t first = n == 0 ? 0 : list.value_offset(0);
  const int64_t last = n == 0 ? 0 : list.value_offset(n - 1) + list.value_length(n - 1);
  if (last - first > std::numeric_limits<int32_t>::max()) {
    return base::Unsupported("more than 2^31 list elements in one Arrow array");
  }
  BufferPtr entries = Buffer::AllocateZeroed(n * sizeof(ListEntry));
  auto* out = reinterpret_cast<ListEntry*>(entries->mutable_data());
  for (int64_t i = 0; i < n; ++i) {
    if (!array->IsNull(i)) {
      out[i] = {static_cast<int32_t>(list.value_offset(i) - first),
                static_cast<int32_t>(list.value_length(i))};
    }
  }
  const std::shared_ptr<arrow::Array> elements = list.values()->Slice(first, last - first);
  std::vector<VectorPtr> children;
  if (t->is(TypeId::kMap)) {
    const auto& pairs = static_cast<const arrow::StructArray&>(*elements);
    for (int c = 0; c < 2; ++c) {
      ARROW_ASSIGN_OR_RAISE(VectorPtr child, FromArrow(pairs.field(c), t->fields()[c].type));
      children.push_back(std::move(child));
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(VectorPtr child, FromArrow(elements, t->element()));
    children.push_back(std::move(child));
  }
  return Vector::MakeNested(t, n, std::move(entries), ImportValidity(array), std::move(children));
}

Result<VectorPtr> ImportDictionary(const std::shared_ptr<arrow::Array>& array, const TypePtr& t) {
  const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*array);
  ARROW_ASSIGN_OR_RAISE(VectorPtr base, FromArrow(dictionary.dictionary(), t));
  const int64_t n = array->length();
  std::vector<int32_t> rows(n, 0);
  for (int64_t i = 0; i < n; ++i) {
    rows[i] = array->IsNull(i) ? -1 : static_cast<int32_t>(dictionary.GetValueIndex(i));
  }
  base = Flatten(base);
  if (base->may_have_nulls() || t->is_nested()) {
    return GatherOrNull(base, rows.data(), n);
  }
  BufferPtr indices = Buffer::Allocate(n * sizeof(int32_t));
  auto* out = reinterpret_cast<int32_t*>(indices->mutable_data());
  for (int64_t i = 0; i < n; ++i) {
    out[i] = rows[i] < 0 ? 0 : rows[i];
  }
  return Vector::MakeDictionary(std::move(base), n, std::move(indices), ImportValidity(array));
}

}  // namespace

Result<VectorPtr> FromArrow(const std::shared_ptr<arrow::Array>& array, TypePtr t) {
  if (t == nullptr) {
    ARROW_ASSIGN_OR_RAISE(t, FromArrowType(*array->type()));
  }
  switch (array->type_id()) {
    case arrow::Type::NA:
      return Vector::MakeNull(t, array->length());
    case arrow::Type::BOOL: {
      const auto& bools = static_cast<const arrow::BooleanArray&>(*array);
      BufferPtr values = Buffer::AllocateZeroed(array->length());
      for (int64_t i = 0; i < array->length(); ++i) {
        values->mutable_data()[i] = static_cast<uint8_t>(bools.Value(i));
      }
      return Vector::MakeFlat(t, array->length(), std::move(values), ImportValidity(array));
    }
    case arrow::Type::UINT8:
      return ConvertValues<uint8_t, int16_t>(array, t, [](uint8_t v) { return int16_t{v}; });
    case arrow::Type::UINT16:
      return ConvertValues<uint16_t, int32_t>(array, t, [](uint16_t v) { return int32_t{v}; });
    case arrow::Type::UINT32:
      return ConvertValues<uint32_t, int64_t>(array, t, [](uint32_t v) { return int64_t{v}; });
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      return ShareValues(array, t);
    case arrow::Type::DECIMAL128:
      if (t->physical() == type::PhysicalType::kInt64) {
        return ConvertValues<type::int128_t, int64_t>(
            array, t, [](type::int128_t v) { return static_cast<int64_t>(v); });
      }
      return ShareValues(array, t);
    case arrow::Type::TIMESTAMP: {
      const auto unit = static_cast<const arrow::TimestampType&>(*array->type()).unit();
      if (unit == arrow::TimeUnit::MICRO) {
        return ShareValues(array, t);
      }
      return ConvertValues<int64_t, int64_t>(array, t,
                                             [unit](int64_t v) { return MicrosPer(unit, v); });
    }
    case arrow::Type::DURATION: {
      const auto unit = static_cast<const arrow::DurationType&>(*array->type()).unit();
      if (unit == arrow::TimeUnit::MICRO) {
        return ShareValues(array, t);
      }
      return ConvertValues<int64_t, int64_t>(array, t,
                                             [unit](int64_t v) { return MicrosPer(unit, v); });
    }
    case arrow::Type::INTERVAL_MONTH_DAY_NANO: {
      using Nanos = arrow::MonthDayNanoIntervalType::MonthDayNanos;
      return ConvertValues<Nanos, type::CalendarInterval>(array, t, [](const Nanos& v) {
        return type::CalendarInterval{v.months, v.days, v.nanoseconds / 1000};
      });
    }
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return ImportStrings<arrow::BinaryArray>(array, t);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return ImportStrings<arrow::LargeBinaryArray>(array, t);
    case arrow::Type::DICTIONARY:
      return ImportDictionary(array, t);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return ImportList<arrow::ListArray>(array, t);
    case arrow::Type::LARGE_LIST:
      return ImportList<arrow::LargeListArray>(array, t);
    case arrow::Type::FIXED_SIZE_LIST:
      return ImportList<arrow::FixedSizeListArray>(array, t);
    case arrow::Type::STRUCT: {
      const auto& fields = static_cast<const arrow::StructArray&>(*array);
      std::vector<VectorPtr> children;
      for (int c = 0; c < fields.num_fields(); ++c) {
        ARROW_ASSIGN_OR_RAISE(VectorPtr child, FromArrow(fields.field(c), t->fields()[c].type));
        children.push_back(std::move(child));
      }
      return Vector::MakeNested(t, array->length(), nullptr, ImportValidity(array),
                                std::move(children));
    }
    default:
      return UnsupportedArrow(array->type()->ToString());
  }
}

Result<Batch> FromArrowBatch(const arrow::RecordBatch& batch) {
  Batch result;
  result.num_rows = batch.num_rows();
  for (int c = 0; c < batch.num_columns(); ++c) {
    ARROW_ASSIGN_OR_RAISE(VectorPtr column, FromArrow(batch.column(c)));
    result.columns.push_back(std::move(column));
  }
  return result;
}

}  // namespace emery::columnar
