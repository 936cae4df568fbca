#include "format/avro/avro_reader.h"

#include <cstring>

#include "arrow/util/compression.h"
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "format/avro/avro_decoding_internal.h"

namespace emery::format::avro {

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
  Cursor cursor(bytes.substr(4));
  const auto damaged = [&](const Cursor& at) { return Corrupt(name, at.error()); };
  AvroFile file;
  while (true) {
    int64_t count = 0;
    if (!cursor.ReadLong(&count)) {
      return damaged(cursor);
    }
    if (count == 0) {
      break;
    }
    if (count < 0) {
      int64_t size = 0;
      if (!cursor.ReadLong(&size)) {
        return damaged(cursor);
      }
      if (count == INT64_MIN) {
        return Corrupt(name, "its header claims an impossible number of entries");
      }
      count = -count;
    }
    for (int64_t i = 0; i < count; ++i) {
      std::string_view key;
      std::string_view value;
      if (!cursor.ReadString(&key) || !cursor.ReadString(&value)) {
        return damaged(cursor);
      }
      file.metadata.emplace(std::string(key), std::string(value));
    }
  }
  std::string_view sync;
  if (!cursor.ReadBytes(16, &sync)) {
    return damaged(cursor);
  }
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
  NodeColumn rows(node);
  while (!cursor.AtEnd()) {
    int64_t count = 0;
    std::string_view compressed;
    if (!cursor.ReadLong(&count) || !cursor.ReadString(&compressed)) {
      return damaged(cursor);
    }
    ARROW_ASSIGN_OR_RAISE(const auto block,
                          Decompress(file.metadata["avro.codec"], compressed, name));
    Cursor values(block);
    if (count < 0 || (count > static_cast<int64_t>(block.size()) && count > 1 << 20)) {
      return Corrupt(name, "a block claims more rows than it has bytes");
    }
    for (int64_t i = 0; i < count; ++i) {
      if (!rows.Decode(&values)) {
        return damaged(values);
      }
    }
    if (!values.AtEnd()) {
      return Corrupt(name, "a block is longer than its rows");
    }
    std::string_view marker;
    if (!cursor.ReadBytes(16, &marker)) {
      return damaged(cursor);
    }
    if (marker != sync) {
      return Corrupt(name, "a block does not end with the file's marker");
    }
  }
  const auto vector = rows.Finish();
  file.rows.num_rows = vector->size();
  file.rows.columns = vector->children();
  return file;
}

}  // namespace emery::format::avro
