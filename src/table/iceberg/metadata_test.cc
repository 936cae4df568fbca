#include "table/iceberg/metadata.h"

#include <gtest/gtest.h>

#include "table/iceberg/iceberg_table.h"

namespace emery::table::iceberg {

namespace {

const std::string kFields =
    R"([{"id":1,"name":"a","required":true,"type":"long"},)"
    R"({"id":2,"name":"p","required":false,"type":"string","doc":"words"},)"
    R"({"id":3,"name":"l","required":false,"type":{"type":"list","element-id":4,"element-required":false,)"
    R"j("element":{"type":"struct","fields":[{"id":5,"name":"n","required":false,"type":"decimal(9, 2)"}]}}}])j";
const std::string kSchema = R"({"type":"struct","schema-id":3,"fields":)" + kFields + "}";

std::string Format2(const std::string& more = "") {
  return R"({"format-version":2,"table-uuid":"u","location":"/t","current-schema-id":3,"schemas":[)" +
         kSchema +
         R"(],"default-spec-id":1,"partition-specs":[{"spec-id":1,"fields":[)"
         R"({"source-id":2,"field-id":1000,"name":"p_bucket","transform":"bucket[16]"},)"
         R"({"source-id":1,"field-id":1001,"name":"a_new","transform":"zorder"}]}],)"
         R"("properties":{"k":"v"},"current-snapshot-id":11,"snapshots":[)"
         R"({"snapshot-id":10,"timestamp-ms":1000,"manifest-list":"/t/l10","schema-id":3,"summary":{"operation":"append"}},)"
         R"({"snapshot-id":11,"parent-snapshot-id":10,"timestamp-ms":2000,"manifest-list":"/t/l11"}],)"
         R"("snapshot-log":[{"snapshot-id":10,"timestamp-ms":1000},{"snapshot-id":11,"timestamp-ms":2000}],)"
         R"("refs":{"main":{"snapshot-id":11,"type":"branch"},"old":{"snapshot-id":10,"type":"tag"}})" +
         more + "}";
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string MessageOf(const std::string& json) {
  const auto metadata = ParseTableMetadata(json, "/t/metadata/v1.metadata.json");
  return metadata.ok() ? "no error" : metadata.status().ToString();
}

}  // namespace

TEST(Metadata, ReadsFormat2) {
  ASSERT_EQ(MessageOf(Format2()), "no error");
  const auto metadata = *ParseTableMetadata(Format2(), "x");
  EXPECT_EQ(metadata->format_version, 2);
  const auto& fields = metadata->FindSchema(3)->fields;
  EXPECT_FALSE(fields[0].nullable);
  EXPECT_EQ(fields[1].comment, "words");
  EXPECT_EQ(FindField(fields, 5)->name, "n");
  EXPECT_EQ(FindField(fields, 4)->name, "element");
  EXPECT_EQ(FindField(fields, 6), nullptr);
  const auto* spec = metadata->FindSpec(1);
  EXPECT_EQ(spec->fields[0].transform.kind, TransformKind::kBucket);
  EXPECT_EQ(spec->fields[0].transform.parameter, 16);
  EXPECT_EQ(spec->fields[1].transform.kind, TransformKind::kUnknown);
  EXPECT_EQ(metadata->current_snapshot_id->value, 11);
  EXPECT_FALSE(metadata->refs.at("old").is_branch);
}

TEST(Metadata, ReadsFormat1WithoutLists) {
  const std::string json =
      R"({"format-version":1,"location":"/t","current-snapshot-id":-1,"schema":{"type":"struct","fields":)" +
      kFields + R"(},"partition-spec":[{"source-id":2,"name":"p","transform":"identity"}]})";
  ASSERT_EQ(MessageOf(json), "no error");
  const auto metadata = *ParseTableMetadata(json, "x");
  EXPECT_FALSE(metadata->current_snapshot_id);
  EXPECT_EQ(metadata->FindSpec(0)->fields[0].field_id, 1000);
}

TEST(Metadata, FindsUuidsAndNameMappings) {
  const std::string mapping =
      R"j("schema.name-mapping.default":"[{\"field-id\":1,\"names\":[\"a\",\"b\"]},{\"names\":[\"c\"]}]")j";
  const std::string json =
      Replaced(Replaced(Format2(), "decimal(9, 2)", "uuid"), R"j("k":"v")j", mapping);
  ASSERT_EQ(MessageOf(json), "no error");
  const auto metadata = *ParseTableMetadata(json, "x");
  EXPECT_EQ(metadata->uuid_field_ids, std::set<int32_t>{5});
  ASSERT_TRUE(metadata->name_mapping);
  EXPECT_EQ(metadata->name_mapping->at(1), (std::vector<std::string>{"a", "b"}));
}

TEST(Metadata, FindsTypesThatCantBeRead) {
  for (const std::string type :
       {"timestamp_ns", "timestamptz_ns", "time", "variant", "geometry", "geography(srid:4326)"}) {
    const auto json = Replaced(Format2(), "decimal(9, 2)", type);
    ASSERT_EQ(MessageOf(json), "no error");
    const auto metadata = *ParseTableMetadata(json, "x");
    EXPECT_EQ(metadata->unreadable_fields.at(5), type);
  }
}

TEST(Metadata, FindsNamesInsideOthers) {
  const std::string mapping =
      R"j("schema.name-mapping.default":"[{\"field-id\":3,\"names\":[\"l\"],\"fields\":[{\"field-id\":4,\"names\":[\"element\"],\"fields\":[{\"field-id\":5,\"names\":[\"m\"]}]}]}]")j";
  const auto metadata = *ParseTableMetadata(Replaced(Format2(), R"j("k":"v")j", mapping), "x");
  EXPECT_EQ(metadata->name_mapping->at(5), std::vector<std::string>{"m"});
}

TEST(Metadata, ReadsInitialDefaults) {
  using type::Value;
  const std::vector<std::tuple<std::string, std::string, Value>> cases = {
      {"int", "7", Value::Int(7)},
      {"boolean", "true", Value::Bool(true)},
      {"double", "1.5", Value::Double(1.5)},
      {"decimal(9, 2)", R"("-14.2")", Value::Decimal(-1420)},
      {"date", R"("1970-01-02")", Value::Int(1)},
      {"timestamp", R"("1970-01-01T00:00:01.5")", Value::Int(1500000)},
      {"timestamptz", R"("1970-01-01T00:00:01.5+00:00")", Value::Int(1500000)},
      {"string", R"("x")", Value::String("x")},
      {"binary", R"("00ff")", Value::String(std::string("\0\xff", 2))},
      {"uuid", R"("f79c3e09-677c-4bbd-a479-3f349cb785e7")",
       Value::String("f79c3e09-677c-4bbd-a479-3f349cb785e7")},
  };
  for (const auto& [type, text, value] : cases) {
    const auto json = Replaced(Format2(), R"j("type":"decimal(9, 2)")j",
                               R"("type":")" + type + R"j(","initial-default":)j" + text);
    ASSERT_EQ(MessageOf(json), "no error");
    const auto metadata = *ParseTableMetadata(json, "x");
    ASSERT_EQ(metadata->initial_defaults.count(5), 1U) << type;
    EXPECT_EQ(metadata->initial_defaults.at(5), value) << type;
  }
}

TEST(Metadata, RefusesWhatIsMalformed) {
  for (const std::string json : {"", "{", "[]", "7", "{}", "null", R"({"format-version":"2"})"}) {
    EXPECT_NE(MessageOf(json).find("v1.metadata.json"), std::string::npos) << json;
  }
  const std::vector<std::pair<std::string, std::string>> changes = {
      {R"("location":"/t")", R"("location":7)"},
      {R"("current-schema-id":3)", R"("current-schema-id":4)"},
      {R"("current-snapshot-id":11)", R"("current-snapshot-id":12)"},
      {R"("schemas":[)", R"("schemas":[5,)"},
      {R"("required":true)", R"("required":"yes")"},
      {R"("element-id":4)", R"("element":4)"},
      {R"("timestamp-ms":1000)", R"("timestamp-ms":"then")"},
      {R"("transform":"zorder")", R"("transform":null)"},
      {R"("snapshot-log":[)", R"("snapshot-log":[1,)"},
      {R"("refs":{)", R"("refs":{"x":3,)"},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_NE(MessageOf(Replaced(Format2(), from, to)).find("v1.metadata.json"), std::string::npos)
        << to;
  }
}

TEST(Metadata, NamesWhatIsNotSupported) {
  EXPECT_NE(MessageOf(Replaced(Format2(), R"("format-version":2)", R"("format-version":4)"))
                .find("format version 4"),
            std::string::npos);
  for (const std::string type : {"strong", "decimal(39, 2)", "decimal(2, 3)"}) {
    EXPECT_NE(MessageOf(Replaced(Format2(), "decimal(9, 2)", type)).find(type), std::string::npos);
  }
}

TEST(Metadata, TransformsWithoutAProperParameterAreUnknown) {
  for (const std::string text : {"bucket[0]", "bucket[-1]", "bucket[]", "bucket[x]"}) {
    const auto json = Replaced(Format2(), "bucket[16]", text);
    ASSERT_EQ(MessageOf(json), "no error");
    EXPECT_EQ((*ParseTableMetadata(json, "x"))->FindSpec(1)->fields[0].transform.kind,
              TransformKind::kUnknown);
  }
}

TEST(IcebergTable, FindsItsVersions) {
  const auto metadata = *ParseTableMetadata(Format2(), "m");
  const auto identity = [&](const SnapshotChoice& choice) {
    const auto table = IcebergTable::Open(metadata, choice, "t");
    return table.ok() ? (*table)->identity() : "error";
  };
  EXPECT_EQ(identity({}), "m@11,3");
  EXPECT_EQ(identity({"10", {}}), "m@10,3");
  EXPECT_EQ(identity({"old", {}}), "m@10,3");
  EXPECT_EQ(identity({"main", {}}), "m@11,3");
  EXPECT_EQ(identity({"12", {}}), "error");
  EXPECT_EQ(identity({"10x", {}}), "error");
  EXPECT_EQ(identity({"", {}}), "error");
  EXPECT_EQ(identity({{}, 1999999}), "m@10,3");
  EXPECT_EQ(identity({{}, 2000000}), "m@11,3");
  EXPECT_EQ(identity({{}, 999999}), "error");
}

}  // namespace emery::table::iceberg
