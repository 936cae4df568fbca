#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "columnar/vector.h"
#include "functions/scalar/datetime_pattern.h"
#include "functions/scalar/json_document.h"
#include "type/data_type.h"
#include "type/time_zone.h"

/// JSON texts to values and back, by a type: what from_json, to_json and schema_of_json share with
/// JSON files.
namespace emery::functions {

struct JsonOptions {
  JsonSyntax syntax;
  std::shared_ptr<const DateTimePattern> timestamp;
  std::shared_ptr<const DateTimePattern> timestamp_ntz;
  std::shared_ptr<const DateTimePattern> date;
  bool fail_fast = false;
  bool drop_malformed = false;
  bool ignore_null_fields = true;
  bool primitives_as_string = false;
  bool prefers_decimal = false;
  bool infer_timestamp = false;
  bool pretty = false;
  std::string corrupt_column = "_corrupt_record";
};

/// Sets one of Spark's JSON options that concern values; `name` in lower case. False: it is none of
/// those. Errors: those of patterns; UNSUPPORTED_FEATURE for values that change the result and
/// aren't understood.
Result<bool> SetJsonOption(std::string_view name, const std::string& value, bool for_reading,
                           JsonOptions* options);

/// Appends nodes to builders of a type. A field that does not fit becomes null and marks the record
/// as malformed.
class JsonReader {
 public:
  JsonReader(const JsonDocument& document, const JsonOptions& options, const type::TimeZone& zone)
      : document_(document), options_(options), zone_(zone) {}

  bool malformed() const { return malformed_; }

  void Append(const JsonDocument::Node& n, const type::DataType& t, columnar::VectorBuilder& out);
  void AppendObject(const JsonDocument::Node& n, const type::DataType& t,
                    columnar::VectorBuilder& out);

 private:
  void Bad(columnar::VectorBuilder& out) {
    malformed_ = true;
    out.AppendNull();
  }

  bool LaterSame(int32_t i) const;
  std::optional<type::Value> Scalar(const JsonDocument::Node& n, const type::DataType& t) const;

  const JsonDocument& document_;
  const JsonOptions& options_;
  const type::TimeZone& zone_;
  bool malformed_ = false;
};

/// The row for a text that can't be read: a struct of nulls, else null.
void AppendNullRecord(const type::DataType& t, columnar::VectorBuilder& out);
/// The type with everything in it nullable, as all that comes out of a text is.
type::TypePtr AsNullable(const type::TypePtr& t);

/// Writes values of vectors that are flat through and through.
class JsonWriter {
 public:
  JsonWriter(const JsonOptions& options, const type::TimeZone& zone);
  void Write(const columnar::Vector& v, int64_t row, std::string* out) const;

 private:
  JsonOptions options_;
  const type::TimeZone& zone_;
};

/// The type of a value, null where it can't be told; members by name.
type::TypePtr InferJson(const JsonDocument& d, const JsonDocument::Node& n,
                        const JsonOptions& options, const type::TimeZone& zone);
/// What two such types have in common: a string where nothing else.
type::TypePtr MergeJsonTypes(const type::TypePtr& a, const type::TypePtr& b);
/// What stays unknown is a string.
type::TypePtr NullsAsStrings(const type::TypePtr& t);

}  // namespace emery::functions
