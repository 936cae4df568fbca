#include "table/files/file_place.h"

#include <utility>
#include <vector>

#include "columnar/batch.h"
#include "columnar/vector.h"

namespace emery::table {

using columnar::Batch;
using columnar::Vector;
using type::Value;

namespace {

constexpr std::string_view kRowIndex = "row_index";

/// A path in a URI: what URIs can't bear as %XX.
std::string Encode(std::string_view path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  static constexpr std::string_view kEscaped = " \"#%<>?[\\]^`{|}";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F || kEscaped.find(c) != kEscaped.npos) {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

class PlacedReader final : public format::BatchReader {
 public:
  PlacedReader(std::unique_ptr<format::BatchReader> reader,
               std::shared_ptr<const functions::FilePlace> place)
      : reader_(std::move(reader)), place_(std::move(place)) {}

  Result<std::optional<Batch>> Next() override {
    Result<std::optional<Batch>> batch = reader_->Next();
    if (batch.ok() && !batch->has_value()) {
      place_.reset();
    }
    functions::CurrentFile() = place_;
    return batch;
  }

  const format::ScanMetrics& metrics() const override { return reader_->metrics(); }

 private:
  std::unique_ptr<format::BatchReader> reader_;
  std::shared_ptr<const functions::FilePlace> place_;
};

class RowIndexReader final : public format::BatchReader {
 public:
  RowIndexReader(std::unique_ptr<format::BatchReader> reader, int column, type::TypePtr type,
                 Value metadata)
      : reader_(std::move(reader)),
        column_(static_cast<size_t>(column)),
        type_(std::move(type)),
        metadata_(std::move(metadata)) {}

  Result<std::optional<Batch>> Next() override {
    ARROW_ASSIGN_OR_RAISE(std::optional<Batch> batch, reader_->Next());
    if (batch.has_value()) {
      const columnar::VectorPtr rows = columnar::Flatten(batch->columns[column_]);
      std::vector<columnar::VectorPtr> fields;
      for (size_t f = 0; f < type_->fields().size(); ++f) {
        const type::Field& field = type_->fields()[f];
        fields.push_back(field.name == kRowIndex
                             ? rows
                             : columnar::Flatten(Vector::MakeConstant(
                                   field.type, metadata_.list()[f], batch->num_rows)));
      }
      batch->columns[column_] =
          Vector::MakeNested(type_, batch->num_rows, nullptr, nullptr, std::move(fields));
    }
    return batch;
  }

  const format::ScanMetrics& metrics() const override { return reader_->metrics(); }

 private:
  std::unique_ptr<format::BatchReader> reader_;
  size_t column_;
  type::TypePtr type_;
  Value metadata_;
};

}  // namespace

std::shared_ptr<const functions::FilePlace> MakeFilePlace(const io::ObjectInfo& file, int64_t begin,
                                                          int64_t length) {
  auto place = std::make_shared<functions::FilePlace>();
  const std::string path = Encode(file.path);
  place->name = path.starts_with('/') ? "file://" + path : path;
  place->start = begin;
  place->length = length < 0 ? file.size - begin : length;
  return place;
}

std::unique_ptr<format::BatchReader> WithPlace(std::unique_ptr<format::BatchReader> reader,
                                               std::shared_ptr<const functions::FilePlace> place) {
  return std::make_unique<PlacedReader>(std::move(reader), std::move(place));
}

type::TypePtr FileMetadataType(bool with_rows) {
  std::vector<type::Field> fields = {{"file_path", type::String(), false},
                                     {"file_name", type::String(), false},
                                     {"file_size", type::Long(), false},
                                     {"file_block_start", type::Long(), false},
                                     {"file_block_length", type::Long(), false},
                                     {"file_modification_time", type::Timestamp(), false}};
  if (with_rows) {
    fields.push_back({std::string(kRowIndex), type::Long(), false});
  }
  return type::Struct(std::move(fields));
}

Value FileMetadata(const type::DataType& wanted, const io::ObjectInfo& file, int64_t begin,
                   int64_t length) {
  std::vector<Value> values;
  for (const type::Field& field : wanted.fields()) {
    if (field.name == "file_path") {
      values.push_back(Value::String(file.path.starts_with('/') ? "file:" + file.path : file.path));
    } else if (field.name == "file_name") {
      values.push_back(Value::String(file.path.substr(file.path.find_last_of('/') + 1)));
    } else if (field.name == "file_size") {
      values.push_back(Value::Int(file.size));
    } else if (field.name == "file_block_start") {
      values.push_back(Value::Int(begin));
    } else if (field.name == "file_block_length") {
      values.push_back(Value::Int(length < 0 ? file.size - begin : length));
    } else if (field.name == "file_modification_time") {
      values.push_back(Value::Int(file.modified_us / 1000 * 1000));
    } else {
      values.emplace_back();
    }
  }
  return Value::MakeList(std::move(values));
}

std::unique_ptr<format::BatchReader> WithRowIndex(std::unique_ptr<format::BatchReader> reader,
                                                  int column, type::TypePtr type, Value metadata) {
  return std::make_unique<RowIndexReader>(std::move(reader), column, std::move(type),
                                          std::move(metadata));
}

}  // namespace emery::table
