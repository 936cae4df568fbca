#include "format/avro/avro_reader.h"

#include <cstring>

#include "arrow/util/compression.h"
#include <nlohmann/json.hpp>
#include <zlib.h>

namespace emery::format::avro {

using columnar::VectorBuilder;
using nlohmann::json;
using type::TypePtr;

namespace {

constexpr int kDepthMax = 64;
constexpr int64_t kBlockBytesMax = int64_t{1} << 31;

Status Corrupt(const std::string& name, const std::string& what) {
  return base::UserError(
      "FAILED_READ_FILE.NO_HINT",
      "Cannot read the Avro file " + name + ": " + what + ". The file is damaged or not Avro.",
      {{"path", name}});
}

enum class Primitive : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kFixed,
  kEnum,
  kRecord,
  kArray,
  kMap
};

/// How values are encoded, and the type they become.
struct Node {
  Primitive primitive = Primitive::kNull;
  TypePtr type;
  bool nullable = false;   // a union with null
  bool null_first = true;  // which branch of the union is null
  int64_t fixed_size = 0;
  bool millis = false;  // timestamps in milliseconds
  bool pairs = false;   // a map written as an array of records
  std::vector<std::string> symbols;
  std::vector<Node> children;
};

class SchemaParser {
 public:
  explicit SchemaParser(const std::string& name) : name_(name) {}

  Result<Node> Parse(const json& j, int depth) {
    if (depth > kDepthMax) {
      return base::Unsupported("Avro schemas nested deeper than 64 levels");
    }
    if (j.is_string()) {
      return Named(j.get<std::string>());
    }
    if (j.is_array()) {
      return Union(j, depth);
    }
    if (!j.is_object() || !j.contains("type")) {
      return Corrupt(name_, "its schema has an entry without a type");
    }
    const json& t = j["type"];
    if (!t.is_string()) {
      return Parse(t, depth + 1);
    }
    const auto kind = t.get<std::string>();
    const std::string logical = j.value("logicalType", "");
    Node node;
    if (kind == "record") {
      node.primitive = Primitive::kRecord;
      std::vector<type::Field> fields;
      for (const auto& field : j.value("fields", json::array())) {
        if (!field.is_object() || !field.contains("name") || !field.contains("type")) {
          return Corrupt(name_, "its schema has a field without name or type");
        }
        ARROW_ASSIGN_OR_RAISE(auto child, Parse(field["type"], depth + 1));
        type::Field f;
        f.name = field["name"].get<std::string>();
        f.type = child.type;
        f.nullable = child.nullable;
        f.field_id = field.value("field-id", -1);
        fields.push_back(std::move(f));
        node.children.push_back(std::move(child));
      }
      node.type = type::Struct(std::move(fields));
    } else if (kind == "array") {
      ARROW_ASSIGN_OR_RAISE(auto child, Parse(j.at("items"), depth + 1));
      if (logical == "map" && child.primitive == Primitive::kRecord && child.children.size() == 2) {
        node.primitive = Primitive::kMap;
        node.pairs = true;
        node.type =
            type::Map(child.children[0].type, child.children[1].type, child.children[1].nullable);
        node.children = std::move(child.children);
      } else {
        node.primitive = Primitive::kArray;
        node.type = type::Array(child.type, child.nullable);
        node.children.push_back(std::move(child));
      }
    } else if (kind == "map") {
      ARROW_ASSIGN_OR_RAISE(auto child, Parse(j.at("values"), depth + 1));
      Node key;
      key.primitive = Primitive::kBytes;
      key.type = type::String();
      node.primitive = Primitive::kMap;
      node.type = type::Map(key.type, child.type, child.nullable);
      node.children.push_back(std::move(key));
      node.children.push_back(std::move(child));
    } else if (kind == "fixed") {
      node.primitive = Primitive::kFixed;
      node.fixed_size = j.value("size", int64_t{0});
      node.type = type::Binary();
      if (logical == "decimal") {
        ARROW_ASSIGN_OR_RAISE(node.type, DecimalType(j));
      }
    } else if (kind == "enum") {
      node.primitive = Primitive::kEnum;
      node.type = type::String();
      node.symbols = j.value("symbols", std::vector<std::string>{});
    } else {
      ARROW_ASSIGN_OR_RAISE(node, Named(kind));
      if (logical == "date" && node.primitive == Primitive::kInt) {
        node.type = type::Date();
      } else if ((logical == "timestamp-micros" || logical == "timestamp-millis") &&
                 node.primitive == Primitive::kLong) {
        node.millis = logical == "timestamp-millis";
        node.type = j.value("adjust-to-utc", true) ? type::Timestamp() : type::TimestampNtz();
      } else if ((logical == "local-timestamp-micros" || logical == "local-timestamp-millis") &&
                 node.primitive == Primitive::kLong) {
        node.millis = logical == "local-timestamp-millis";
        node.type = type::TimestampNtz();
      } else if (logical == "decimal" && node.primitive == Primitive::kBytes) {
        ARROW_ASSIGN_OR_RAISE(node.type, DecimalType(j));
      }
    }
    if (j.contains("name")) {
      named_[j["name"].get<std::string>()] = node;
    }
    return node;
  }

 private:
  Result<TypePtr> DecimalType(const json& j) {
    const int precision = j.value("precision", 0);
    const int scale = j.value("scale", 0);
    if (precision < 1 || precision > 38 || scale < 0 || scale > precision) {
      return base::Unsupported("Avro decimals of " + std::to_string(precision) + " digits");
    }
    return type::Decimal(precision, scale);
  }

  Result<Node> Named(const std::string& kind) {
    Node node;
    if (kind == "null") {
      node.primitive = Primitive::kNull;
      node.type = type::Null();
      node.nullable = true;
    } else if (kind == "boolean") {
      node.primitive = Primitive::kBoolean;
      node.type = type::Boolean();
    } else if (kind == "int") {
      node.primitive = Primitive::kInt;
      node.type = type::Int();
    } else if (kind == "long") {
      node.primitive = Primitive::kLong;
      node.type = type::Long();
    } else if (kind == "float") {
      node.primitive = Primitive::kFloat;
      node.type = type::Float();
    } else if (kind == "double") {
      node.primitive = Primitive::kDouble;
      node.type = type::Double();
    } else if (kind == "bytes") {
      node.primitive = Primitive::kBytes;
      node.type = type::Binary();
    } else if (kind == "string") {
      node.primitive = Primitive::kBytes;
      node.type = type::String();
    } else {
      const auto it = named_.find(kind);
      if (it == named_.end()) {
        return base::Unsupported("the Avro type " + kind + " (unknown, or recursive)");
      }
      return it->second;
    }
    return node;
  }

  Result<Node> Union(const json& j, int depth) {
    if (j.size() == 1) {
      return Parse(j[0], depth + 1);
    }
    if (j.size() != 2 || (j[0] != "null" && j[1] != "null")) {
      return base::Unsupported("Avro unions of more than one type besides null");
    }
    const bool null_first = j[0] == "null";
    ARROW_ASSIGN_OR_RAISE(auto node, Parse(j[null_first ? 1 : 0], depth + 1));
    node.nullable = true;
    node.null_first = null_first;
    return node;
  }

  const std::string& name_;
  std::map<std::string, Node> named_;
};

/// Reads Avro's binary encoding; every read is checked against the end.
class Decoder {
 public:
  Decoder(std::string_view bytes, const std::string& name)
      : at_(bytes.data()), end_(at_ + bytes.size()), name_(name) {}

  bool AtEnd() const { return at_ == end_; }

  Status Truncated() const { return Corrupt(name_, "it ends in the middle of a value"); }

  Result<int64_t> ReadLong() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) {
        return Truncated();
      }
      const auto byte = static_cast<uint8_t>(*at_++);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) {
        return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
      }
    }
    return Corrupt(name_, "a number is longer than 64 bits");
  }

  Result<std::string_view> ReadBytes(int64_t size) {
    if (size < 0 || size > end_ - at_) {
      return Truncated();
    }
    const std::string_view bytes(at_, static_cast<size_t>(size));
    at_ += size;
    return bytes;
  }

  Result<std::string_view> ReadString() {
    ARROW_ASSIGN_OR_RAISE(const int64_t size, ReadLong());
    return ReadBytes(size);
  }

  template <class T>
  Result<T> ReadFixed() {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, ReadBytes(sizeof(T)));
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  /// Appends one value of `node` to `out`.
  Status Decode(const Node& node, VectorBuilder& out) {
    if (node.nullable && node.primitive != Primitive::kNull) {
      ARROW_ASSIGN_OR_RAISE(const int64_t branch, ReadLong());
      if (branch != 0 && branch != 1) {
        return Corrupt(name_, "a union has no branch " + std::to_string(branch));
      }
      if ((branch == 0) == node.null_first) {
        out.AppendNull();
        return Status::OK();
      }
    }
    switch (node.primitive) {
      case Primitive::kNull:
        out.AppendNull();
        return Status::OK();
      case Primitive::kBoolean: {
        ARROW_ASSIGN_OR_RAISE(const auto byte, ReadFixed<uint8_t>());
        out.AppendValue(type::Value::Bool(byte != 0));
        return Status::OK();
      }
      case Primitive::kInt:
      case Primitive::kLong: {
        ARROW_ASSIGN_OR_RAISE(const int64_t value, ReadLong());
        int64_t micros = value;
        if (node.millis && __builtin_mul_overflow(value, int64_t{1000}, &micros)) {
          return Corrupt(name_, "a time is out of range");
        }
        out.AppendValue(type::Value::Int(micros));
        return Status::OK();
      }
      case Primitive::kFloat: {
        ARROW_ASSIGN_OR_RAISE(const float value, ReadFixed<float>());
        out.AppendValue(type::Value::Float(value));
        return Status::OK();
      }
      case Primitive::kDouble: {
        ARROW_ASSIGN_OR_RAISE(const double value, ReadFixed<double>());
        out.AppendValue(type::Value::Double(value));
        return Status::OK();
      }
      case Primitive::kBytes:
      case Primitive::kFixed: {
        int64_t size = node.fixed_size;
        if (node.primitive == Primitive::kBytes) {
          ARROW_ASSIGN_OR_RAISE(size, ReadLong());
        }
        ARROW_ASSIGN_OR_RAISE(const auto bytes, ReadBytes(size));
        if (node.type->is_decimal()) {
          if (bytes.size() > 16) {
            return Corrupt(name_, "a decimal has more than 16 bytes");
          }
          type::int128_t unscaled = !bytes.empty() && (bytes[0] & 0x80) != 0 ? -1 : 0;
          for (const char c : bytes) {
            unscaled = static_cast<type::int128_t>((static_cast<unsigned __int128>(unscaled) << 8) |
                                                   static_cast<uint8_t>(c));
          }
          out.AppendValue(type::Value::Decimal(unscaled));
        } else {
          out.AppendString(bytes);
        }
        return Status::OK();
      }
      case Primitive::kEnum: {
        ARROW_ASSIGN_OR_RAISE(const int64_t index, ReadLong());
        if (index < 0 || index >= static_cast<int64_t>(node.symbols.size())) {
          return Corrupt(name_, "an enum has no symbol " + std::to_string(index));
        }
        out.AppendString(node.symbols[index]);
        return Status::OK();
      }
      case Primitive::kRecord:
        for (size_t i = 0; i < node.children.size(); ++i) {
          ARROW_RETURN_NOT_OK(Decode(node.children[i], out.child(static_cast<int>(i))));
        }
        out.AppendNested();
        return Status::OK();
      case Primitive::kArray:
      case Primitive::kMap: {
        while (true) {
          ARROW_ASSIGN_OR_RAISE(int64_t count, ReadLong());
          if (count == 0) {
            break;
          }
          if (count < 0) {
            ARROW_ASSIGN_OR_RAISE([[maybe_unused]] const int64_t block_bytes, ReadLong());
            if (count == INT64_MIN) {
              return Corrupt(name_, "a block claims an impossible number of values");
            }
            count = -count;
          }
          // Elements of no bytes (null, empty records) could make a short file endless.
          if (count > end_ - at_ && count > 1 << 20) {
            return Truncated();
          }
          for (int64_t i = 0; i < count; ++i) {
            for (size_t c = 0; c < node.children.size(); ++c) {
              ARROW_RETURN_NOT_OK(Decode(node.children[c], out.child(static_cast<int>(c))));
            }
          }
        }
        out.AppendNested();
        return Status::OK();
      }
    }
    return Status::OK();
  }

 private:
  const char* at_;
  const char* end_;
  const std::string& name_;
};

Result<std::string> Inflate(std::string_view bytes, const std::string& name) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    return base::InternalError("zlib can't be started");
  }
  std::string out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  int code = Z_OK;
  while (code == Z_OK) {
    const size_t had = out.size();
    const size_t more = std::max<size_t>(bytes.size() * 4, 1 << 16);
    if (had + more > static_cast<size_t>(kBlockBytesMax)) {
      break;
    }
    out.resize(had + more);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(more);
    code = inflate(&stream, Z_NO_FLUSH);
    out.resize(had + more - stream.avail_out);
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END) {
    return Corrupt(name, "a block can't be decompressed");
  }
  return out;
}

Result<std::string> Decompress(const std::string& codec, std::string_view bytes,
                               const std::string& name) {
  if (codec.empty() || codec == "null") {
    return std::string(bytes);
  }
  if (codec == "deflate") {
    return Inflate(bytes, name);
  }
  if (codec == "snappy") {
    if (bytes.size() < 4) {
      return Corrupt(name, "a block is too short");
    }
    bytes.remove_suffix(4);  // CRC32 of the content
    uint64_t size = 0;
    int shift = 0;
    for (const char c : bytes) {
      size |= static_cast<uint64_t>(c & 0x7f) << shift;
      shift += 7;
      if ((c & 0x80) == 0 || shift > 35) {
        break;
      }
    }
    if (size > static_cast<uint64_t>(kBlockBytesMax)) {
      return Corrupt(name, "a block is too large");
    }
    ARROW_ASSIGN_OR_RAISE(auto snappy, arrow::util::Codec::Create(arrow::Compression::SNAPPY));
    std::string out(size, '\0');
    const auto done = snappy->Decompress(
        static_cast<int64_t>(bytes.size()), reinterpret_cast<const uint8_t*>(bytes.data()),
        static_cast<int64_t>(size), reinterpret_cast<uint8_t*>(out.data()));
    if (!done.ok()) {
      return Corrupt(name, "a block can't be decompressed");
    }
    return out;
  }
  if (codec == "zstandard") {
    ARROW_ASSIGN_OR_RAISE(auto zstd, arrow::util::Codec::Create(arrow::Compression::ZSTD));
    ARROW_ASSIGN_OR_RAISE(auto decompressor, zstd->MakeDecompressor());
    std::string out;
    auto input = reinterpret_cast<const uint8_t*>(bytes.data());
    auto left = static_cast<int64_t>(bytes.size());
    while (!decompressor->IsFinished()) {
      const size_t had = out.size();
      out.resize(had + (1 << 18));
      const auto step = decompressor->Decompress(left, input, 1 << 18,
                                                 reinterpret_cast<uint8_t*>(out.data() + had));
      if (!step.ok() || (step->bytes_read == 0 && step->bytes_written == 0) ||
          out.size() > static_cast<size_t>(kBlockBytesMax)) {
        return Corrupt(name, "a block can't be decompressed");
      }
      out.resize(had + static_cast<size_t>(step->bytes_written));
      input += step->bytes_read;
      left -= step->bytes_read;
    }
    return out;
  }
  return base::Unsupported("the Avro codec " + codec);
}

}  // namespace

Result<AvroFile> ReadAvroFile(std::string_view bytes, const std::string& name) {
  if (bytes.size() < 4 || bytes.substr(0, 4) != std::string_view("Obj\x01", 4)) {
    return Corrupt(name, "it does not begin as an Avro file");
  }
  Decoder decoder(bytes.substr(4), name);
  AvroFile file;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(int64_t count, decoder.ReadLong());
    if (count == 0) {
      break;
    }
    if (count < 0) {
      ARROW_ASSIGN_OR_RAISE([[maybe_unused]] const int64_t size, decoder.ReadLong());
      if (count == INT64_MIN) {
        return Corrupt(name, "its header claims an impossible number of entries");
      }
      count = -count;
    }
    for (int64_t i = 0; i < count; ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto key, decoder.ReadString());
      ARROW_ASSIGN_OR_RAISE(const auto value, decoder.ReadString());
      file.metadata.emplace(std::string(key), std::string(value));
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto sync, decoder.ReadBytes(16));
  const auto parsed = json::parse(file.metadata["avro.schema"], nullptr, false);
  if (parsed.is_discarded()) {
    return Corrupt(name, "its schema is not JSON");
  }
  SchemaParser parser(name);
  Result<Node> root = Status::Invalid("not parsed");
  try {
    root = parser.Parse(parsed, 0);
  } catch (const json::exception&) {  // a wrong type somewhere in the schema
    return Corrupt(name, "its schema is malformed");
  }
  ARROW_ASSIGN_OR_RAISE(const Node node, std::move(root));
  if (node.primitive != Primitive::kRecord) {
    return base::Unsupported("Avro files whose rows are not records");
  }
  file.schema = node.type->fields();
  auto builder = VectorBuilder::Make(node.type);
  while (!decoder.AtEnd()) {
    ARROW_ASSIGN_OR_RAISE(const int64_t count, decoder.ReadLong());
    ARROW_ASSIGN_OR_RAISE(const auto compressed, decoder.ReadString());
    ARROW_ASSIGN_OR_RAISE(const auto block,
                          Decompress(file.metadata["avro.codec"], compressed, name));
    Decoder rows(block, name);
    if (count < 0 || (count > static_cast<int64_t>(block.size()) && count > 1 << 20)) {
      return Corrupt(name, "a block claims more rows than it has bytes");
    }
    for (int64_t i = 0; i < count; ++i) {
      ARROW_RETURN_NOT_OK(rows.Decode(node, *builder));
    }
    if (!rows.AtEnd()) {
      return Corrupt(name, "a block is longer than its rows");
    }
    ARROW_ASSIGN_OR_RAISE(const auto marker, decoder.ReadBytes(16));
    if (marker != sync) {
      return Corrupt(name, "a block does not end with the file's marker");
    }
  }
  const auto rows = builder->Finish();
  file.rows.num_rows = rows->size();
  file.rows.columns = rows->children();
  return file;
}

}  // namespace emery::format::avro
