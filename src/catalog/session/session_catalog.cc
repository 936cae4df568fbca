#include "catalog/session/session_catalog.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "catalog/session/store_internal.h"
#include "catalog/session/table_record_internal.h"
#include "io/object_store.h"
#include "type/text.h"

namespace emery::catalog::session {

namespace {

constexpr const char* kTable = "table";
constexpr const char* kView = "view";
constexpr const char* kFileName = "_emery_catalog.sqlite";

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string LocalPath(const std::string& location) {
  return location.starts_with("file:") ? location.substr(5) : location;
}

class SessionCatalog final : public Catalog {
 public:
  SessionCatalog(std::string name, std::string warehouse, base::Config config)
      : name_(std::move(name)),
        warehouse_(std::move(warehouse)),
        config_(std::move(config)),
        store_(LocalPath(warehouse_) + "/" + kFileName) {}

  const std::string& name() const override { return name_; }

  Result<std::shared_ptr<const table::Table>> LoadTable(const Identifier& id,
                                                        const TableVersion& version) override {
    ARROW_ASSIGN_OR_RAISE(Place place, PlaceOf(id));
    ARROW_ASSIGN_OR_RAISE(TableRecord record, LoadRecord(place));
    if (version.version || version.timestamp_us) {
      return UnsupportedTableOperation(FullName(place), "time travel");
    }
    return OpenTable(FullName(place), record, config_);
  }

  Result<bool> TableExists(const Identifier& id) override {
    Result<Place> place = PlaceOf(id);
    if (!place.ok()) {
      return false;
    }
    ARROW_ASSIGN_OR_RAISE(std::optional<Store::Entry> entry,
                          store_.FindObject(place->name_space, place->name));
    return entry && entry->kind == kTable;
  }

  Result<std::vector<std::string>> ListTables(const Namespace& name_space) override {
    return List(name_space, kTable);
  }

  Result<std::vector<std::string>> ListViews(const Namespace& name_space) override {
    return List(name_space, kView);
  }

  Status CreateTable(const Identifier& id, const TableDefinition& definition) override {
    ARROW_ASSIGN_OR_RAISE(Place place, PlaceOf(id));
    ARROW_ASSIGN_OR_RAISE(TableRecord record, MakeRecord(place, definition, true));
    // Opening finds out whether the format exists and takes the columns, and reads the schema where
    // none was given.
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const table::Table> opened,
                          OpenTable(FullName(place), record, config_));
    if (record.schema.empty()) {
      record.schema = opened->schema();
      record.partition_columns = opened->partition_columns();
    }
    ARROW_RETURN_NOT_OK(Register(place, record));
    return record.external ? Status::OK() : CreateFolder(record.location);
  }

  Result<StagedTable> StageTable(const Identifier& id, const TableDefinition& definition,
                                 bool replace) override {
    ARROW_ASSIGN_OR_RAISE(Place place, PlaceOf(id));
    if (replace) {
      return UnsupportedTableOperation(FullName(place), "REPLACE TABLE AS SELECT");
    }
    ARROW_RETURN_NOT_OK(CheckFree(place));
    ARROW_ASSIGN_OR_RAISE(TableRecord record, MakeRecord(place, definition, true));
    StagedTable staged;
    ARROW_ASSIGN_OR_RAISE(staged.table, OpenTable(FullName(place), record, config_));
    staged.commit = [this, place, record] {
      Status registered = Register(place, record);
      if (!registered.ok() && !record.external) {
        // Somebody else was first: what was written here may be in his folder, so it is left to
        // him.
        return registered;
      }
      return registered;
    };
    staged.abort = [record]() -> Status {
      return record.external ? Status::OK() : DeleteFolder(record.location);
    };
    return staged;
  }

  Status DropTable(const Identifier& id, bool /*purge*/) override {
    ARROW_ASSIGN_OR_RAISE(Place place, PlaceOf(id));
    TableRecord record;
    ARROW_RETURN_NOT_OK(store_.Change([&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(record, LoadRecord(place));
      return store_.DeleteObject(place.name_space, place.name);
    }));
    return record.external ? Status::OK() : DeleteFolder(record.location);
  }

  Status RenameTable(const Identifier& from, const Identifier& to) override {
    ARROW_ASSIGN_OR_RAISE(Place source, PlaceOf(from));
    ARROW_ASSIGN_OR_RAISE(Place target, PlaceOf(to));
    if (source.name_space != target.name_space) {
      return base::UserError("CANNOT_RENAME_ACROSS_SCHEMA",
                             "Renaming a table across schemas is not allowed.",
                             {{"type", "table"}});
    }
    return store_.Change([&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(std::optional<Store::Entry> entry,
                            store_.FindObject(source.name_space, source.name));
      if (!entry) {
        return TableNotFound(FullName(source));
      }
      ARROW_RETURN_NOT_OK(CheckFree(target));
      if (entry->kind == kTable) {
        ARROW_ASSIGN_OR_RAISE(TableRecord record, TableFromDocument(entry->document));
        ARROW_ASSIGN_OR_RAISE(std::string old_place, DefaultLocation(source));
        if (!record.external && record.location == old_place) {
          ARROW_ASSIGN_OR_RAISE(record.location, DefaultLocation(target));
          ARROW_RETURN_NOT_OK(MoveFolder(old_place, record.location));
          entry->document = ToDocument(record);
        }
      }
      ARROW_RETURN_NOT_OK(store_.DeleteObject(source.name_space, source.name));
      return store_.PutObject(target.name_space, {target.name, entry->kind, entry->document});
    });
  }

  Status AlterTable(const Identifier& id, const plan::AlterTable& change) override {
    ARROW_ASSIGN_OR_RAISE(Place place, PlaceOf(id));
    if (change.action == plan::AlterTableAction::kAddPartition ||
        change.action == plan::AlterTableAction::kDropPartition) {
      ARROW_ASSIGN_OR_RAISE(TableRecord record, LoadRecord(place));
      return AlterPartitions(place, record, change);
    }
    return store_.Change([&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(TableRecord record, LoadRecord(place));
      ARROW_RETURN_NOT_OK(Apply(place, change, &record));
      return store_.PutObject(place.name_space, {place.name, kTable, ToDocument(record)});
    });
  }

  Result<std::vector<Namespace>> ListNamespaces(const Namespace& parent) override {
    std::vector<Namespace> found;
    if (!parent.empty()) {
      ARROW_RETURN_NOT_OK(LoadNamespace(parent).status());
      return found;
    }
    ARROW_ASSIGN_OR_RAISE(std::vector<Store::Entry> entries, store_.Namespaces());
    bool has_default = false;
    for (const Store::Entry& entry : entries) {
      has_default = has_default || entry.name == "default";
      found.push_back({entry.name});
    }
    if (!has_default) {
      found.push_back({"default"});
      std::sort(found.begin(), found.end());
    }
    return found;
  }

  Result<NamespaceInfo> LoadNamespace(const Namespace& name_space) override {
    if (name_space.size() != 1) {
      std::vector<std::string> full_name{name_};
      full_name.insert(full_name.end(), name_space.begin(), name_space.end());
      return SchemaNotFound(full_name);
    }
    ARROW_ASSIGN_OR_RAISE(std::string single, SinglePart(name_space));
    ARROW_ASSIGN_OR_RAISE(std::optional<Store::Entry> entry, store_.FindNamespace(single));
    if (entry) {
      return NamespaceFromDocument(entry->document);
    }
    if (single == "default") {
      return NamespaceInfo{{{"comment", "default database"}, {"location", warehouse_}}};
    }
    return SchemaNotFound({name_, single});
  }

  Status CreateNamespace(const Namespace& name_space, const NamespaceInfo& info) override {
    ARROW_ASSIGN_OR_RAISE(std::string single, SinglePart(name_space));
    NamespaceInfo stored = info;
    const auto given = stored.properties.find("location");
    stored.properties["location"] = given == stored.properties.end()
                                        ? warehouse_ + "/" + single + ".db"
                                        : CanonicalLocation(given->second);
    ARROW_RETURN_NOT_OK(store_.Change([&]() -> Status {
      if (LoadNamespace({single}).ok()) {
        return SchemaAlreadyExists(single);
      }
      return store_.PutNamespace({single, "", ToDocument(stored)});
    }));
    return CreateFolder(stored.properties["location"]);
  }

  Status AlterNamespace(const Namespace& name_space,
                        const std::map<std::string, std::string>& set) override {
    ARROW_ASSIGN_OR_RAISE(std::string single, SinglePart(name_space));
    return store_.Change([&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(NamespaceInfo info, LoadNamespace({single}));
      for (const auto& [key, value] : set) {
        info.properties[key] = value;
      }
      return store_.PutNamespace({single, "", ToDocument(info)});
    });
  }

  Status DropNamespace(const Namespace& name_space, bool cascade) override {
    ARROW_ASSIGN_OR_RAISE(std::string single, SinglePart(name_space));
    if (single == "default") {
      return base::UserError("UNSUPPORTED_FEATURE.DROP_DATABASE",
                             "The feature is not supported: Drop the default schema `default`.",
                             {{"database", "`default`"}});
    }
    std::vector<std::string> folders;
    ARROW_RETURN_NOT_OK(store_.Change([&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(NamespaceInfo info, LoadNamespace({single}));
      ARROW_ASSIGN_OR_RAISE(std::vector<Store::Entry> objects, store_.Objects(single));
      if (!objects.empty() && !cascade) {
        return SchemaNotEmpty(single);
      }
      for (const Store::Entry& object : objects) {
        if (object.kind == kTable) {
          ARROW_ASSIGN_OR_RAISE(TableRecord record, TableFromDocument(object.document));
          if (!record.external) {
            folders.push_back(record.location);
          }
        }
        ARROW_RETURN_NOT_OK(store_.DeleteObject(single, object.name));
      }
      folders.push_back(info.properties["location"]);
      return store_.DeleteNamespace(single);
    }));
    for (const std::string& folder : folders) {
      ARROW_RETURN_NOT_OK(DeleteFolder(folder));
    }
    return Status::OK();
  }

  Result<ViewDefinition> LoadView(const Identifier& id) override {
    ARROW_ASSIGN_OR_RAISE(Place place, PlaceOf(id));
    ARROW_ASSIGN_OR_RAISE(std::optional<Store::Entry> entry,
                          store_.FindObject(place.name_space, place.name));
    if (!entry || entry->kind != kView) {
      return TableNotFound(FullName(place));
    }
    return ViewFromDocument(entry->document);
  }

  Status CreateView(const Identifier& id, const ViewDefinition& view, bool replace) override {
    ARROW_ASSIGN_OR_RAISE(Place place, PlaceOf(id));
    return store_.Change([&]() -> Status {
      ARROW_RETURN_NOT_OK(LoadNamespace({place.name_space}).status());
      ARROW_ASSIGN_OR_RAISE(std::optional<Store::Entry> entry,
                            store_.FindObject(place.name_space, place.name));
      ViewDefinition stored = view;
      if (stored.created_us == 0) {
        stored.created_us = NowUs();
      }
      if (entry) {
        if (!replace) {
          return TableAlreadyExists(FullName(place));
        }
        if (entry->kind == kTable) {
          return base::UserError("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE",
                                 "The table " + base::QuoteName(FullName(place)) +
                                     " does not support CREATE OR REPLACE VIEW.",
                                 {{"tableName", base::QuoteName(FullName(place))}});
        }
      }
      return store_.PutObject(place.name_space, {place.name, kView, ToDocument(stored)});
    });
  }

  Status DropView(const Identifier& id) override {
    ARROW_ASSIGN_OR_RAISE(Place place, PlaceOf(id));
    return store_.Change([&]() -> Status {
      ARROW_RETURN_NOT_OK(LoadView(id).status());
      return store_.DeleteObject(place.name_space, place.name);
    });
  }

 private:
  /// A table's or view's place in the file.
  struct Place {
    std::string name_space;
    std::string name;
  };

  Result<std::string> SinglePart(const Namespace& name_space) const {
    if (name_space.size() != 1) {
      return base::UserError(
          "REQUIRES_SINGLE_PART_NAMESPACE",
          name_ + " requires a single-part namespace, but got " +
              (name_space.empty() ? "``" : base::QuoteName(name_space)) + ".",
          {{"sessionCatalog", name_}, {"namespace", base::QuoteName(name_space)}});
    }
    return Lower(name_space[0]);
  }

  Result<Place> PlaceOf(const Identifier& id) const {
    ARROW_ASSIGN_OR_RAISE(std::string name_space, SinglePart(id.name_space));
    return Place{std::move(name_space), Lower(id.name)};
  }

  std::vector<std::string> FullName(const Place& place) const {
    return {name_, place.name_space, place.name};
  }

  Result<std::vector<std::string>> List(const Namespace& name_space, const char* kind) {
    ARROW_ASSIGN_OR_RAISE(std::string single, SinglePart(name_space));
    ARROW_RETURN_NOT_OK(LoadNamespace({single}).status());
    ARROW_ASSIGN_OR_RAISE(std::vector<Store::Entry> entries, store_.Objects(single));
    std::vector<std::string> names;
    for (Store::Entry& entry : entries) {
      if (entry.kind == kind) {
        names.push_back(std::move(entry.name));
      }
    }
    return names;
  }

  Result<TableRecord> LoadRecord(const Place& place) {
    ARROW_ASSIGN_OR_RAISE(std::optional<Store::Entry> entry,
                          store_.FindObject(place.name_space, place.name));
    if (!entry || entry->kind != kTable) {
      return TableNotFound(FullName(place));
    }
    return TableFromDocument(entry->document);
  }

  Status CheckFree(const Place& place) {
    ARROW_RETURN_NOT_OK(LoadNamespace({place.name_space}).status());
    ARROW_ASSIGN_OR_RAISE(std::optional<Store::Entry> entry,
                          store_.FindObject(place.name_space, place.name));
    return entry ? TableAlreadyExists(FullName(place)) : Status::OK();
  }

  Status Register(const Place& place, const TableRecord& record) {
    return store_.Change([&]() -> Status {
      ARROW_RETURN_NOT_OK(CheckFree(place));
      return store_.PutObject(place.name_space, {place.name, kTable, ToDocument(record)});
    });
  }

  Result<std::string> DefaultLocation(const Place& place) {
    ARROW_ASSIGN_OR_RAISE(NamespaceInfo info, LoadNamespace({place.name_space}));
    return info.properties["location"] + "/" + place.name;
  }

  Result<TableRecord> MakeRecord(const Place& place, const TableDefinition& definition,
                                 bool check_location) {
    ARROW_RETURN_NOT_OK(CheckFree(place));
    TableRecord record;
    record.provider = Lower(definition.provider);
    record.options = definition.options;
    record.properties = definition.properties;
    record.comment = definition.comment;
    record.created_us = NowUs();
    record.bucket_columns = definition.bucket_columns;
    record.sort_columns = definition.sort_columns;
    record.num_buckets = definition.num_buckets;
    std::optional<std::string> location = definition.location;
    if (const auto path = record.options.find("path"); path != record.options.end()) {
      location = location ? location : std::optional(path->second);
      record.options.erase("path");
    }
    record.external = location.has_value();
    if (location) {
      record.location = CanonicalLocation(*location);
    } else {
      ARROW_ASSIGN_OR_RAISE(record.location, DefaultLocation(place));
      if (check_location) {
        ARROW_RETURN_NOT_OK(CheckEmptyLocation(place, record.location));
      }
    }
    for (const plan::PartitionTransform& transform : definition.partitioning) {
      if ((!transform.name.empty() && transform.name != "identity") ||
          transform.columns.size() != 1 || transform.columns[0].size() != 1) {
        return UnsupportedTableOperation(FullName(place), "partitioning by transforms");
      }
      record.partition_columns.push_back(transform.columns[0][0]);
    }
    ARROW_ASSIGN_OR_RAISE(record.schema, PartitionColumnsLast(place, definition.schema, &record));
    return record;
  }

  /// Data columns, then partition columns in their own order; file tables have no columns that
  /// can't be null.
  Result<type::Schema> PartitionColumnsLast(const Place& place, const type::Schema& given,
                                            TableRecord* record) const {
    type::Schema data;
    std::vector<const type::Field*> partition(record->partition_columns.size(), nullptr);
    for (const type::Field& field : given) {
      bool is_partition = false;
      for (size_t i = 0; i < record->partition_columns.size(); ++i) {
        if (Lower(record->partition_columns[i]) == Lower(field.name)) {
          partition[i] = &field;
          is_partition = true;
        }
      }
      if (!is_partition) {
        data.push_back(field);
      }
    }
    if (given.empty()) {
      return data;
    }
    for (size_t i = 0; i < partition.size(); ++i) {
      if (partition[i] == nullptr) {
        std::string columns;
        for (const type::Field& field : given) {
          columns += (columns.empty() ? "" : ", ") + base::QuoteIdentifier(field.name);
        }
        return base::UserError("COLUMN_NOT_DEFINED_IN_TABLE",
                               "partition column " +
                                   base::QuoteIdentifier(record->partition_columns[i]) +
                                   " is not defined in table " + base::QuoteName(FullName(place)) +
                                   ", defined table columns are: " + columns + ".",
                               {{"colType", "partition"},
                                {"colName", base::QuoteIdentifier(record->partition_columns[i])},
                                {"tableName", base::QuoteName(FullName(place))},
                                {"tableCols", columns}});
      }
      record->partition_columns[i] = partition[i]->name;
      data.push_back(*partition[i]);
    }
    if (data.size() == partition.size() && !partition.empty()) {
      return base::UserError("ALL_PARTITION_COLUMNS_NOT_ALLOWED",
                             "Cannot use all columns for partition columns.");
    }
    for (type::Field& field : data) {
      field.nullable = true;
    }
    return data;
  }

  Status CheckEmptyLocation(const Place& place, const std::string& location) const {
    std::string path = location;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
    Result<std::vector<io::ObjectInfo>> entries = store->List(path, false);
    if (entries.ok() && !entries->empty()) {
      return base::UserError(
          "LOCATION_ALREADY_EXISTS",
          "Cannot name the managed table as " + base::QuoteName(FullName(place)) +
              ", as its associated location '" + location +
              "' already exists. Please pick a different table name, or remove "
              "the existing location first.",
          {{"location", "'" + location + "'"}, {"identifier", base::QuoteName(FullName(place))}});
    }
    return Status::OK();
  }

  static Status CreateFolder(const std::string& location) {
    std::string path = location;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
    return store->CreateFolder(path);
  }

  static Status DeleteFolder(const std::string& location) {
    std::string path = location;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
    Status deleted = store->DeleteTree(path);
    return io::IsNotFound(deleted) ? Status::OK() : deleted;
  }

  static Status MoveFolder(const std::string& from, const std::string& to) {
    std::string source = from;
    std::string target = to;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<io::ObjectStore> store, io::StoreFor(&source));
    ARROW_RETURN_NOT_OK(io::StoreFor(&target).status());
    Status moved = store->Rename(source, target);
    return io::IsNotFound(moved) ? Status::OK() : moved;
  }

  type::Field* FindField(TableRecord* record, const std::string& name) const {
    for (type::Field& field : record->schema) {
      if (Lower(field.name) == Lower(name)) {
        return &field;
      }
    }
    return nullptr;
  }

  Status Apply(const Place& place, const plan::AlterTable& change, TableRecord* record) {
    using plan::AlterTableAction;
    switch (change.action) {
      case AlterTableAction::kSetProperties:
        for (const auto& [key, value] : change.properties) {
          if (key == "comment") {
            record->comment = value;
          } else {
            record->properties[key] = value;
          }
        }
        return Status::OK();
      case AlterTableAction::kUnsetProperties:
        for (const std::string& key : change.keys) {
          if (key == "comment") {
            record->comment.reset();
          }
          record->properties.erase(key);
        }
        return Status::OK();
      case AlterTableAction::kSetLocation:
        record->location = CanonicalLocation(change.location.value_or(""));
        return Status::OK();
      case AlterTableAction::kAddColumns:
        for (const plan::ColumnChange& added : change.columns) {
          if (added.column.size() != 1) {
            return UnsupportedTableOperation(FullName(place), "ADD COLUMN with qualified column");
          }
          if (FindField(record, added.column[0]) != nullptr) {
            return base::UserError(
                "COLUMN_ALREADY_EXISTS",
                "The column " + base::QuoteIdentifier(Lower(added.column[0])) +
                    " already exists. Choose another name or rename the existing column.",
                {{"columnName", base::QuoteIdentifier(Lower(added.column[0]))}});
          }
          if (added.place) {
            return UnsupportedTableOperation(FullName(place), "column position");
          }
          type::Field field{added.column[0],          added.definition.type,       true, -1,
                            added.definition.comment, added.definition.default_sql};
          const auto before =
              record->schema.end() - static_cast<std::ptrdiff_t>(record->partition_columns.size());
          record->schema.insert(before, std::move(field));
        }
        return Status::OK();
      case AlterTableAction::kAlterColumn:
        return AlterColumns(place, change, record);
      case AlterTableAction::kDropColumns:
        return UnsupportedTableOperation(FullName(place), "DROP COLUMN");
      case AlterTableAction::kRenameColumn:
        return UnsupportedTableOperation(FullName(place), "RENAME COLUMN");
      case AlterTableAction::kReplaceColumns:
        return UnsupportedTableOperation(FullName(place), "REPLACE COLUMNS");
      case AlterTableAction::kRename:
      case AlterTableAction::kAddPartition:
      case AlterTableAction::kDropPartition:
      case AlterTableAction::kRecoverPartitions:
      case AlterTableAction::kSetFileFormat:
      case AlterTableAction::kAddPartitionField:
      case AlterTableAction::kDropPartitionField:
      case AlterTableAction::kReplacePartitionField:
      case AlterTableAction::kWriteOrder:
      case AlterTableAction::kSetIdentifierFields:
      case AlterTableAction::kDropIdentifierFields:
      case AlterTableAction::kCreateBranch:
      case AlterTableAction::kCreateTag:
      case AlterTableAction::kDropBranch:
      case AlterTableAction::kDropTag:
      case AlterTableAction::kClusterBy:
      case AlterTableAction::kOther:
        break;
    }
    return UnsupportedTableOperation(FullName(place), change.text);
  }

  Status AlterColumns(const Place& place, const plan::AlterTable& change, TableRecord* record) {
    for (const plan::ColumnChange& altered : change.columns) {
      type::Field* field =
          altered.column.size() == 1 ? FindField(record, altered.column[0]) : nullptr;
      if (field == nullptr) {
        std::string columns;
        for (const type::Field& f : record->schema) {
          columns += (columns.empty() ? "" : ", ") + base::QuoteIdentifier(f.name);
        }
        return base::UserError(
            "UNRESOLVED_COLUMN.WITH_SUGGESTION",
            "A column, variable, or function parameter with name " +
                base::QuoteName(altered.column) +
                " cannot be resolved. Did you mean one of the following? [" + columns + "].",
            {{"objectName", base::QuoteName(altered.column)}, {"proposal", columns}});
      }
      if (altered.definition.type != nullptr && !altered.definition.type->Equals(*field->type)) {
        return base::UserError("NOT_SUPPORTED_CHANGE_COLUMN",
                               "ALTER TABLE ALTER/CHANGE COLUMN is not supported for changing " +
                                   base::QuoteName(FullName(place)) + "'s column " +
                                   base::QuoteIdentifier(field->name) + " with type \"" +
                                   field->type->Sql() + "\" to " +
                                   base::QuoteIdentifier(field->name) + " with type \"" +
                                   altered.definition.type->Sql() + "\".",
                               {{"table", base::QuoteName(FullName(place))}});
      }
      if (altered.nullable || altered.place) {
        return UnsupportedTableOperation(FullName(place),
                                         "ALTER COLUMN … NOT NULL, FIRST or AFTER");
      }
      if (altered.definition.comment) {
        field->comment = altered.definition.comment;
      }
      if (altered.definition.default_sql) {
        field->default_sql = altered.definition.default_sql;
      }
      if (altered.drop_default) {
        field->default_sql.reset();
      }
    }
    return Status::OK();
  }

  /// The literal values of a partition clause, in the order of the table's partition columns;
  /// columns that it leaves out are not there.
  Result<table::PartitionValues> ClauseValues(
      const Place& place, const TableRecord& record,
      const std::vector<std::pair<std::string, plan::ExpressionPtr>>& clause) const {
    if (record.partition_columns.empty()) {
      return base::UserError("INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY",
                             "The partition command is invalid. Table " +
                                 base::QuoteName(FullName(place)) + " is not partitioned.",
                             {{"name", base::QuoteName(FullName(place))}});
    }
    table::PartitionValues values;
    size_t used = 0;
    for (const std::string& column : record.partition_columns) {
      for (const auto& [name, value] : clause) {
        if (Lower(name) != Lower(column)) {
          continue;
        }
        ++used;
        const auto* literal = plan::As<plan::Literal>(value);
        if (literal == nullptr) {
          return base::InternalError("a partition value that is not a literal");
        }
        values.emplace_back(
            column, type::ValueToText(*literal->type, literal->value, *type::TimeZone::Utc()));
      }
    }
    if (used != clause.size()) {
      std::string names;
      for (const auto& [name, value] : clause) {
        names += (names.empty() ? "" : ", ") + base::QuoteIdentifier(name);
      }
      return base::UserError(
          "PARTITIONS_NOT_FOUND",
          "The partition(s) " + names + " cannot be found in table " +
              base::QuoteName(FullName(place)) + ".",
          {{"partitionList", names}, {"tableName", base::QuoteName(FullName(place))}});
    }
    return values;
  }

  static std::string PartitionText(const table::PartitionValues& values) {
    std::string text;
    for (const auto& [column, value] : values) {
      text += (text.empty() ? "" : ", ") + base::QuoteIdentifier(column) + " = " +
              value.value_or("null");
    }
    return "PARTITION (" + text + ")";
  }

  Status AlterPartitions(const Place& place, const TableRecord& record,
                         const plan::AlterTable& change) {
    const bool add = change.action == plan::AlterTableAction::kAddPartition;
    const std::string table_name = base::QuoteName({place.name_space, place.name});
    if (add && change.location) {
      return UnsupportedTableOperation(FullName(place), "partitions at a location of their own");
    }
    std::vector<std::string> folders;
    ARROW_ASSIGN_OR_RAISE(std::vector<table::PartitionValues> existing,
                          ListPartitions(record.location, record.partition_columns));
    for (const auto& clause : change.partitions) {
      ARROW_ASSIGN_OR_RAISE(table::PartitionValues values, ClauseValues(place, record, clause));
      if (add && values.size() != record.partition_columns.size()) {
        return base::UserError("INVALID_PARTITION_OPERATION.PARTITION_MANAGEMENT_IS_UNSUPPORTED",
                               "The partition command is invalid. Partition spec is incomplete: " +
                                   PartitionText(values) + ".");
      }
      size_t matches = 0;
      for (const table::PartitionValues& partition : existing) {
        const bool matched = std::all_of(values.begin(), values.end(), [&](const auto& value) {
          return std::find(partition.begin(), partition.end(), value) != partition.end();
        });
        if (matched) {
          ++matches;
          if (!add) {
            folders.push_back(record.location + "/" + PartitionPath(partition));
          }
        }
      }
      if (add && matches > 0) {
        if (change.if_not_exists) {
          continue;
        }
        return base::UserError(
            "PARTITIONS_ALREADY_EXIST",
            "Cannot ADD or RENAME TO partition(s) " + PartitionText(values) + " in table " +
                table_name +
                " because they already exist.\nChoose a different name, drop the "
                "existing partition, or add the IF NOT EXISTS clause to tolerate "
                "a pre-existing partition.",
            {{"partitionList", PartitionText(values)}, {"tableName", table_name}});
      }
      if (!add && matches == 0 && !change.if_exists) {
        return base::UserError(
            "PARTITIONS_NOT_FOUND",
            "The partition(s) " + PartitionText(values) + " cannot be found in table " +
                table_name +
                ".\nVerify the partition specification and table name.\nTo "
                "tolerate the error on drop use ALTER TABLE … DROP IF EXISTS PARTITION.",
            {{"partitionList", PartitionText(values)}, {"tableName", table_name}});
      }
      if (add) {
        folders.push_back(record.location + "/" + PartitionPath(values));
      }
    }
    for (const std::string& folder : folders) {
      ARROW_RETURN_NOT_OK(add ? CreateFolder(folder) : DeleteFolder(folder));
    }
    return Status::OK();
  }

  const std::string name_;
  const std::string warehouse_;  // "file:/…"
  const base::Config config_;
  Store store_;
};

}  // namespace

std::shared_ptr<Catalog> MakeSessionCatalog(const std::string& name, const base::Config& config) {
  return std::make_shared<SessionCatalog>(
      name, CanonicalLocation(config.GetString("spark.sql.warehouse.dir", "spark-warehouse")),
      config);
}

}  // namespace emery::catalog::session
