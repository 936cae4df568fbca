#include <algorithm>
#include <cctype>
#include <charconv>

#include <nlohmann/json.hpp>

#include "catalog/iceberg/alter_clauses_internal.h"
#include "catalog/iceberg/transforms_internal.h"
#include "table/iceberg/table_operations.h"

namespace emery::catalog {

using table::iceberg::MetadataUpdate;
using table::iceberg::PartitionField;
using table::iceberg::PartitionSpec;
using table::iceberg::SnapshotId;
using table::iceberg::SnapshotReference;
using table::iceberg::TableMetadata;
using table::iceberg::TransformKind;

namespace {

/// Reads a clause word by word. Words match in any case.
class ClauseReader {
 public:
  explicit ClauseReader(const std::string& text) : text_(text) { Next(); }

  bool At(const char* word) const { return !quoted_ && Upper(token_) == word; }

  bool Accept(const char* word) {
    if (!At(word)) {
      return false;
    }
    Next();
    return true;
  }

  bool AtEnd() const { return token_.empty() && !quoted_; }

  Status Expect(const char* word) { return Accept(word) ? Status::OK() : Fault(word); }

  Status ExpectEnd() const { return AtEnd() ? Status::OK() : Fault("the end of the statement"); }

  Result<std::string> Identifier() {
    if (AtEnd() || (!quoted_ && !IsWord(token_[0]))) {
      return Fault("a name");
    }
    std::string name = token_;
    Next();
    return name;
  }

  Result<plan::Name> Path() {
    plan::Name path;
    do {
      ARROW_ASSIGN_OR_RAISE(auto part, Identifier());
      path.push_back(std::move(part));
    } while (Accept("."));
    return path;
  }

  Result<int64_t> Number() {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(token_.data(), token_.data() + token_.size(), value);
    if (error != std::errc() || end != token_.data() + token_.size() || quoted_) {
      return Fault("a number");
    }
    Next();
    return value;
  }

  bool AtNumber() const {
    return !quoted_ && !token_.empty() && std::isdigit(static_cast<unsigned char>(token_[0])) != 0;
  }

  /// bucket(4, a), days(ts), a.b
  Result<plan::PartitionTransform> Transform() {
    plan::PartitionTransform transform;
    ARROW_ASSIGN_OR_RAISE(auto path, Path());
    if (path.size() != 1 || !Accept("(")) {
      transform.columns.push_back(std::move(path));
      return transform;
    }
    transform.name = path[0];
    do {
      if (AtNumber()) {
        ARROW_ASSIGN_OR_RAISE(const int64_t number, Number());
        transform.arguments.push_back(type::Value::Int(number));
      } else {
        ARROW_ASSIGN_OR_RAISE(auto column, Path());
        transform.columns.push_back(std::move(column));
      }
    } while (Accept(","));
    ARROW_RETURN_NOT_OK(Expect(")"));
    return transform;
  }

  Status Fault(const std::string& expected) const {
    return base::UserError(
        "PARSE_SYNTAX_ERROR",
        "Syntax error at or near " + (AtEnd() ? std::string("end of input") : "'" + token_ + "'") +
            ": expected " + expected + ".",
        {{"error", AtEnd() ? "end of input" : "'" + token_ + "'"}, {"hint", ""}});
  }

 private:
  static bool IsWord(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
  }

  static std::string Upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
  }

  void Next() {
    token_.clear();
    quoted_ = false;
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
    if (at_ >= text_.size() || text_[at_] == ';') {
      return;
    }
    if (text_[at_] == '`') {
      quoted_ = true;
      for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '`') {
          if (at_ + 1 >= text_.size() || text_[at_ + 1] != '`') {
            break;
          }
          ++at_;
        }
        token_ += text_[at_];
      }
      ++at_;
      return;
    }
    if (!IsWord(text_[at_])) {
      token_ = text_[at_++];
      return;
    }
    while (at_ < text_.size() && IsWord(text_[at_])) {
      token_ += text_[at_++];
    }
  }

  const std::string& text_;
  size_t at_ = 0;
  std::string token_;
  bool quoted_ = false;
};

Status NoSuchPartitionField(const std::string& name) {
  return base::UserError("INVALID_PARAMETER_VALUE",
                         "Cannot find partition field to remove: " + name + ".",
                         {{"parameter", name}});
}

/// Takes out the field that the transform (or a bare name) stands for. Format 1 keeps its place
/// with the void transform, as ids there go by position.
Status RemoveField(const TableMetadata& base, const plan::PartitionTransform& transform,
                   PartitionSpec* spec) {
  const bool bare = transform.name.empty() && transform.columns[0].size() == 1;
  auto found = spec->fields.end();
  if (bare) {
    found = std::find_if(spec->fields.begin(), spec->fields.end(), [&](const PartitionField& f) {
      return f.name == transform.columns[0][0] && f.transform.kind != TransformKind::kVoid;
    });
  }
  if (found == spec->fields.end()) {
    const auto wanted = MakePartitionField(transform, base.current_schema().fields, std::nullopt);
    if (!wanted.ok()) {
      return bare ? NoSuchPartitionField(transform.columns[0][0]) : wanted.status();
    }
    found = std::find_if(spec->fields.begin(), spec->fields.end(), [&](const PartitionField& f) {
      return f.source_id == wanted->source_id && f.transform.text == wanted->transform.text;
    });
    if (found == spec->fields.end()) {
      return NoSuchPartitionField(wanted->name);
    }
  }
  if (base.format_version == 1) {
    found->transform = MakeTransform(TransformKind::kVoid, 0);
    found->name += "_" + std::to_string(found->field_id);
  } else {
    spec->fields.erase(found);
  }
  return Status::OK();
}

Status AddField(const TableMetadata& base, const plan::PartitionTransform& transform,
                const std::optional<std::string>& name, PartitionSpec* spec) {
  ARROW_ASSIGN_OR_RAISE(auto field,
                        MakePartitionField(transform, base.current_schema().fields, name));
  // Iceberg puts the parameter into the names of fields that are added later.
  if (!name && (field.transform.kind == TransformKind::kBucket ||
                field.transform.kind == TransformKind::kTruncate)) {
    field.name += "_" + std::to_string(field.transform.parameter);
  }
  ARROW_RETURN_NOT_OK(CheckPartitionField(field, *spec));
  field.field_id = -1;
  if (base.format_version >= 2) {
    for (const auto& known : base.partition_specs) {
      for (const auto& other : known.fields) {
        if (other.source_id == field.source_id && other.transform.text == field.transform.text &&
            (!name || other.name == field.name)) {
          field.field_id = other.field_id;
          field.name = name ? field.name : other.name;
        }
      }
    }
  }
  if (field.field_id < 0) {
    field.field_id = base.last_partition_id + 1;
  }
  spec->fields.push_back(std::move(field));
  return Status::OK();
}

Result<int64_t> Duration(ClauseReader* reader) {
  ARROW_ASSIGN_OR_RAISE(const int64_t count, reader->Number());
  static constexpr std::pair<const char*, int64_t> kUnits[] = {
      {"DAYS", 86'400'000}, {"HOURS", 3'600'000}, {"MINUTES", 60'000},
      {"DAY", 86'400'000},  {"HOUR", 3'600'000},  {"MINUTE", 60'000}};
  for (const auto& [word, milliseconds] : kUnits) {
    if (reader->Accept(word)) {
      return count * milliseconds;
    }
  }
  return reader->Fault("DAYS, HOURS or MINUTES");
}

}  // namespace

Result<std::vector<plan::Name>> ParseIdentifierClause(const std::string& text) {
  ClauseReader reader(text);
  if (!reader.Accept("SET")) {
    ARROW_RETURN_NOT_OK(reader.Expect("DROP"));
  }
  ARROW_RETURN_NOT_OK(reader.Expect("IDENTIFIER"));
  ARROW_RETURN_NOT_OK(reader.Expect("FIELDS"));
  std::vector<plan::Name> columns;
  do {
    ARROW_ASSIGN_OR_RAISE(auto column, reader.Path());
    columns.push_back(std::move(column));
  } while (reader.Accept(","));
  ARROW_RETURN_NOT_OK(reader.ExpectEnd());
  return columns;
}

Result<std::vector<MetadataUpdate>> ChangePartitionSpec(const TableMetadata& base,
                                                        const std::string& text) {
  ClauseReader reader(text);
  const bool add = reader.Accept("ADD");
  const bool replace = !add && reader.Accept("REPLACE");
  if (!add && !replace) {
    ARROW_RETURN_NOT_OK(reader.Expect("DROP"));
  }
  ARROW_RETURN_NOT_OK(reader.Expect("PARTITION"));
  ARROW_RETURN_NOT_OK(reader.Expect("FIELD"));
  PartitionSpec spec = base.default_spec();
  ARROW_ASSIGN_OR_RAISE(auto transform, reader.Transform());
  if (replace) {
    ARROW_RETURN_NOT_OK(reader.Expect("WITH"));
  }
  if (!add) {
    ARROW_RETURN_NOT_OK(RemoveField(base, transform, &spec));
  }
  if (replace) {
    ARROW_ASSIGN_OR_RAISE(transform, reader.Transform());
  }
  if (add || replace) {
    std::optional<std::string> name;
    if (reader.Accept("AS")) {
      ARROW_ASSIGN_OR_RAISE(name, reader.Identifier());
    }
    ARROW_RETURN_NOT_OK(AddField(base, transform, name, &spec));
  }
  ARROW_RETURN_NOT_OK(reader.ExpectEnd());
  return std::vector<MetadataUpdate>{
      table::iceberg::AddPartitionSpec(table::iceberg::SpecToJson(spec)),
      table::iceberg::SetDefaultSpec(table::iceberg::kLastAdded)};
}

Result<std::vector<MetadataUpdate>> ChangeWriteOrder(const TableMetadata& base,
                                                     const std::string& text) {
  ClauseReader reader(text);
  ARROW_RETURN_NOT_OK(reader.Expect("WRITE"));
  bool distributed = false;
  bool locally = false;
  bool unordered = false;
  table::iceberg::SortOrder order;
  while (!reader.AtEnd()) {
    if (reader.Accept("DISTRIBUTED")) {
      ARROW_RETURN_NOT_OK(reader.Expect("BY"));
      ARROW_RETURN_NOT_OK(reader.Expect("PARTITION"));
      distributed = true;
    } else if (reader.Accept("UNORDERED")) {
      unordered = true;
    } else if (reader.Accept("LOCALLY")) {
      locally = true;
    } else {
      ARROW_RETURN_NOT_OK(reader.Expect("ORDERED"));
      ARROW_RETURN_NOT_OK(reader.Expect("BY"));
      const bool parens = reader.Accept("(");
      do {
        ARROW_ASSIGN_OR_RAISE(const auto transform, reader.Transform());
        ARROW_ASSIGN_OR_RAISE(const auto source,
                              MakePartitionField(transform, base.current_schema().fields, "order"));
        table::iceberg::SortField field;
        field.source_id = source.source_id;
        field.transform = source.transform;
        if (reader.Accept("DESC")) {
          field.descending = true;
        } else {
          reader.Accept("ASC");
        }
        field.nulls_first = !field.descending;
        if (reader.Accept("NULLS")) {
          field.nulls_first = reader.Accept("FIRST");
          if (!field.nulls_first) {
            ARROW_RETURN_NOT_OK(reader.Expect("LAST"));
          }
        }
        order.fields.push_back(std::move(field));
      } while (reader.Accept(","));
      if (parens) {
        ARROW_RETURN_NOT_OK(reader.Expect(")"));
      }
    }
  }
  std::string mode = "range";
  if (distributed) {
    mode = "hash";
  } else if (unordered || locally) {
    mode = "none";
  }
  return std::vector<MetadataUpdate>{
      table::iceberg::AddSortOrder(table::iceberg::SortOrderToJson(order)),
      table::iceberg::SetDefaultSortOrder(table::iceberg::kLastAdded),
      table::iceberg::SetProperties({{"write.distribution-mode", mode}})};
}

Result<std::vector<MetadataUpdate>> ChangeReference(const TableMetadata& base,
                                                    const std::string& text) {
  ClauseReader reader(text);
  const bool create = reader.Accept("CREATE");
  bool replace = false;
  const bool drop = !create && reader.Accept("DROP");
  if (create && reader.Accept("OR")) {
    ARROW_RETURN_NOT_OK(reader.Expect("REPLACE"));
    replace = true;
  } else if (!create && !drop) {
    ARROW_RETURN_NOT_OK(reader.Expect("REPLACE"));
    replace = true;
  }
  const bool branch = reader.Accept("BRANCH");
  if (!branch) {
    ARROW_RETURN_NOT_OK(reader.Expect("TAG"));
  }
  const std::string kind = branch ? "branch" : "tag";
  bool if_exists = false;
  if (reader.Accept("IF")) {
    if (drop) {
      ARROW_RETURN_NOT_OK(reader.Expect("EXISTS"));
    } else {
      ARROW_RETURN_NOT_OK(reader.Expect("NOT"));
      ARROW_RETURN_NOT_OK(reader.Expect("EXISTS"));
    }
    if_exists = true;
  }
  ARROW_ASSIGN_OR_RAISE(const std::string name, reader.Identifier());
  const auto known = base.refs.find(name);
  const auto invalid = [&](const std::string& what) {
    return base::UserError("INVALID_PARAMETER_VALUE", what, {{"parameter", name}});
  };
  if (drop) {
    ARROW_RETURN_NOT_OK(reader.ExpectEnd());
    if (known == base.refs.end()) {
      return if_exists ? Result<std::vector<MetadataUpdate>>(std::vector<MetadataUpdate>{})
                       : invalid("The " + kind + " does not exist: " + name + ".");
    }
    if (known->second.is_branch != branch) {
      return invalid("The ref " + name + " is not a " + kind + ".");
    }
    if (name == table::iceberg::kMainBranch) {
      return invalid("Cannot remove main branch.");
    }
    return std::vector<MetadataUpdate>{table::iceberg::RemoveSnapshotRef(name)};
  }
  SnapshotReference reference;
  reference.is_branch = branch;
  std::optional<SnapshotId> at;
  if (reader.Accept("AS")) {
    ARROW_RETURN_NOT_OK(reader.Expect("OF"));
    ARROW_RETURN_NOT_OK(reader.Expect("VERSION"));
    ARROW_ASSIGN_OR_RAISE(const int64_t id, reader.Number());
    at = SnapshotId{id};
  }
  if (reader.Accept("RETAIN")) {
    ARROW_ASSIGN_OR_RAISE(reference.max_ref_age_ms, Duration(&reader));
  }
  if (branch && reader.Accept("WITH")) {
    ARROW_RETURN_NOT_OK(reader.Expect("SNAPSHOT"));
    ARROW_RETURN_NOT_OK(reader.Expect("RETENTION"));
    while (!reader.AtEnd()) {
      ARROW_ASSIGN_OR_RAISE(const int64_t count, [&]() -> Result<int64_t> {
        ClauseReader ahead = reader;
        ARROW_RETURN_NOT_OK(ahead.Number().status());
        if (ahead.At("SNAPSHOTS")) {
          return reader.Number();
        }
        return int64_t{-1};
      }());
      if (count >= 0) {
        reference.min_snapshots_to_keep = static_cast<int32_t>(count);
        ARROW_RETURN_NOT_OK(reader.Expect("SNAPSHOTS"));
      } else {
        ARROW_ASSIGN_OR_RAISE(reference.max_snapshot_age_ms, Duration(&reader));
      }
    }
  }
  ARROW_RETURN_NOT_OK(reader.ExpectEnd());
  if (known != base.refs.end()) {
    if (create && !replace) {
      return if_exists ? Result<std::vector<MetadataUpdate>>(std::vector<MetadataUpdate>{})
                       : invalid("Ref " + name + " already exists.");
    }
    if (known->second.is_branch != branch) {
      return invalid("The ref " + name + " is not a " + kind + ".");
    }
  } else if (!create) {
    return invalid("The " + kind + " does not exist: " + name + ".");
  }
  if (!at) {
    at = base.current_snapshot_id;
  }
  if (!at) {
    return branch && create
               ? base::Unsupported("CREATE BRANCH in a table without a snapshot: write a row first")
               : invalid("Cannot complete the operation on " + name +
                         ": the table has no snapshot.");
  }
  if (base.FindSnapshot(*at) == nullptr) {
    return invalid("Cannot set " + name + " to unknown snapshot: " + std::to_string(at->value) +
                   ".");
  }
  reference.snapshot_id = *at;
  return std::vector<MetadataUpdate>{table::iceberg::SetSnapshotRef(name, reference)};
}

}  // namespace emery::catalog
