#include <cstring>
#include <utility>

#include "arrow/array.h"
#include "arrow/buffer.h"
#include "arrow/type.h"
#include "arrow/util/key_value_metadata.h"

#include "format/parquet/arrow_conversion_internal.h"

namespace emery::format::parquet {

using columnar::ListEntry;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using type::PhysicalType;
using type::TypeId;

namespace {

/// Memory of a vector, which it keeps alive.
class VectorBuffer final : public arrow::Buffer {
 public:
  VectorBuffer(const void* data, int64_t size, VectorPtr owner)
      : arrow::Buffer(static_cast<const uint8_t*>(data), size), owner_(std::move(owner)) {}

 private:
  VectorPtr owner_;
};

type::Field Named(const char* name, const type::Field& field) {
  type::Field named = field;
  named.name = name;
  return named;
}

Result<std::shared_ptr<arrow::DataType>> ToArrowType(const type::DataType& type,
                                                     const std::string& column) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return arrow::boolean();
    case TypeId::kByte:
      return arrow::int8();
    case TypeId::kShort:
      return arrow::int16();
    case TypeId::kInt:
    case TypeId::kYearMonthInterval:
      return arrow::int32();
    case TypeId::kLong:
    case TypeId::kDayTimeInterval:
      return arrow::int64();
    case TypeId::kFloat:
      return arrow::float32();
    case TypeId::kDouble:
      return arrow::float64();
    case TypeId::kDecimal:
      return arrow::decimal128(type.precision(), type.scale());
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
    case TypeId::kArray: {
      ARROW_ASSIGN_OR_RAISE(auto element, ToArrowField(Named("element", type.fields()[0])));
      return arrow::list(std::move(element));
    }
    case TypeId::kMap: {
      ARROW_ASSIGN_OR_RAISE(auto key, ToArrowField(Named("key", type.fields()[0])));
      ARROW_ASSIGN_OR_RAISE(auto value, ToArrowField(Named("value", type.fields()[1])));
      return std::make_shared<arrow::MapType>(key->WithNullable(false), std::move(value));
    }
    case TypeId::kStruct: {
      arrow::FieldVector fields;
      for (const type::Field& field : type.fields()) {
        ARROW_ASSIGN_OR_RAISE(auto one, ToArrowField(field));
        fields.push_back(std::move(one));
      }
      if (fields.empty()) {
        break;  // a group without columns can't be written
      }
      return arrow::struct_(std::move(fields));
    }
    case TypeId::kNull:
    case TypeId::kCalendarInterval:
      break;
  }
  return base::UserError("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                         "The Parquet datasource doesn't support the column " +
                             base::QuoteIdentifier(column) + " of the type \"" + type.Sql() + "\".",
                         {{"columnName", base::QuoteIdentifier(column)},
                          {"columnType", "\"" + type.Sql() + "\""},
                          {"format", "Parquet"}});
}

Result<std::shared_ptr<arrow::Buffer>> Strings(const Vector& vector,
                                               std::shared_ptr<arrow::Buffer>* offsets_out) {
  const auto* views = vector.values<StringView>();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((vector.size() + 1) * 4));
  auto* offset = reinterpret_cast<int32_t*>(offsets->mutable_data());
  int64_t total = 0;
  for (int64_t i = 0; i < vector.size(); ++i) {
    offset[i] = static_cast<int32_t>(total);
    total += vector.IsNull(i) ? 0 : views[i].size();
    if (total > INT32_MAX) {
      return base::Unsupported("more than 2 GiB of text in one batch");
    }
  }
  offset[vector.size()] = static_cast<int32_t>(total);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bytes, arrow::AllocateBuffer(total));
  for (int64_t i = 0; i < vector.size(); ++i) {
    if (!vector.IsNull(i)) {
      std::memcpy(bytes->mutable_data() + offset[i], views[i].data(), views[i].size());
    }
  }
  *offsets_out = std::move(offsets);
  return bytes;
}

/// Offsets of lists that lie one behind another, and the children in that order.
Result<std::shared_ptr<arrow::Buffer>> ListOffsets(const Vector& vector,
                                                   std::vector<VectorPtr>* children) {
  const auto* entries = vector.values<ListEntry>();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((vector.size() + 1) * 4));
  auto* offset = reinterpret_cast<int32_t*>(offsets->mutable_data());
  std::vector<int32_t> rows;
  int64_t total = 0;
  bool in_order = true;
  for (int64_t i = 0; i < vector.size(); ++i) {
    offset[i] = static_cast<int32_t>(total);
    if (vector.IsNull(i)) {
      continue;
    }
    in_order = in_order && (entries[i].length == 0 || entries[i].offset == total);
    for (int32_t k = 0; k < entries[i].length; ++k) {
      rows.push_back(entries[i].offset + k);
    }
    total += entries[i].length;
  }
  offset[vector.size()] = static_cast<int32_t>(total);
  *children = vector.children();
  for (VectorPtr& child : *children) {
    if (!in_order) {
      child = columnar::Gather(child, rows.data(), total);
    } else if (child->size() != total) {
      child = columnar::Slice(child, 0, total);
    }
  }
  return offsets;
}

}  // namespace

Result<std::shared_ptr<arrow::Field>> ToArrowField(const type::Field& field) {
  ARROW_ASSIGN_OR_RAISE(auto type, ToArrowType(*field.type, field.name));
  std::shared_ptr<const arrow::KeyValueMetadata> metadata;
  if (field.field_id >= 0) {
    metadata = arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(field.field_id)});
  }
  return arrow::field(field.name, std::move(type), true, std::move(metadata));
}

Result<std::shared_ptr<arrow::Array>> ToArrowArray(const VectorPtr& source,
                                                   const std::shared_ptr<arrow::DataType>& type) {
  const VectorPtr vector = columnar::Flatten(source);
  const int64_t size = vector->size();
  std::shared_ptr<arrow::Buffer> validity;
  if (vector->validity() != nullptr) {
    validity = std::make_shared<VectorBuffer>(vector->validity(), (size + 7) / 8, vector);
  }
  const auto fixed = [&](int width) {
    return std::make_shared<VectorBuffer>(vector->raw_values(), size * width, vector);
  };
  auto data = arrow::ArrayData::Make(type, size, {validity}, arrow::kUnknownNullCount);
  switch (vector->physical()) {
    case PhysicalType::kBool: {
      ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bits,
                            arrow::AllocateBuffer((size + 7) / 8));
      std::memset(bits->mutable_data(), 0, static_cast<size_t>(bits->size()));
      const auto* values = vector->values<uint8_t>();
      for (int64_t i = 0; i < size; ++i) {
        bits->mutable_data()[i >> 3] |= static_cast<uint8_t>((values[i] & 1) << (i & 7));
      }
      data->buffers.push_back(std::move(bits));
      break;
    }
    case PhysicalType::kInt64:
      if (vector->type()->is_decimal()) {
        ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> wide,
                              arrow::AllocateBuffer(size * 16));
        auto* out = reinterpret_cast<int64_t*>(wide->mutable_data());
        const auto* values = vector->values<int64_t>();
        for (int64_t i = 0; i < size; ++i) {
          out[2 * i] = values[i];
          out[2 * i + 1] = values[i] >> 63;
        }
        data->buffers.push_back(std::move(wide));
        break;
      }
      [[fallthrough]];
    case PhysicalType::kInt8:
    case PhysicalType::kInt16:
    case PhysicalType::kInt32:
    case PhysicalType::kInt128:
    case PhysicalType::kFloat:
    case PhysicalType::kDouble:
      data->buffers.push_back(fixed(type::PhysicalWidth(vector->physical())));
      break;
    case PhysicalType::kString: {
      std::shared_ptr<arrow::Buffer> offsets;
      ARROW_ASSIGN_OR_RAISE(auto bytes, Strings(*vector, &offsets));
      data->buffers.push_back(std::move(offsets));
      data->buffers.push_back(std::move(bytes));
      break;
    }
    case PhysicalType::kList: {
      std::vector<VectorPtr> children;
      ARROW_ASSIGN_OR_RAISE(auto offsets, ListOffsets(*vector, &children));
      data->buffers.push_back(std::move(offsets));
      if (type->id() == arrow::Type::LIST) {
        ARROW_ASSIGN_OR_RAISE(auto child, ToArrowArray(children[0], type->field(0)->type()));
        data->child_data.push_back(child->data());
        break;
      }
      const auto& map = static_cast<const arrow::MapType&>(*type);
      ARROW_ASSIGN_OR_RAISE(auto keys, ToArrowArray(children[0], map.key_type()));
      ARROW_ASSIGN_OR_RAISE(auto values, ToArrowArray(children[1], map.item_type()));
      auto entries = arrow::ArrayData::Make(map.value_type(), keys->length(), {nullptr}, 0);
      entries->child_data = {keys->data(), values->data()};
      data->child_data.push_back(std::move(entries));
      break;
    }
    case PhysicalType::kStruct:
      for (int i = 0; i < type->num_fields(); ++i) {
        ARROW_ASSIGN_OR_RAISE(auto child, ToArrowArray(vector->children()[static_cast<size_t>(i)],
                                                       type->field(i)->type()));
        data->child_data.push_back(child->data());
      }
      break;
    case PhysicalType::kInterval:
    case PhysicalType::kNull:
      return base::InternalError("a type that can't be written came to the Parquet writer");
  }
  return arrow::MakeArray(data);
}

}  // namespace emery::format::parquet
