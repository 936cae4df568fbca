// Changes of table metadata, made to the parsed document so that unknown members survive.
#include "table/iceberg/metadata_update.h"

#include <algorithm>
#include <functional>
#include <set>

#include <nlohmann/json.hpp>

#include "table/iceberg/table_operations.h"

namespace emery::table::iceberg {

using nlohmann::json;

namespace {

Status Invalid(const std::string& what) {
  return base::UserError("INVALID_PARAMETER_VALUE",
                         "The Iceberg table can't be changed so: " + what + ".",
                         {{"parameter", what}});
}

json* FindById(json* items, const char* key, int64_t id) {
  for (auto& item : *items) {
    if (item.value(key, int64_t{-1}) == id) {
      return &item;
    }
  }
  return nullptr;
}

int32_t NextId(const json& items, const char* key, int32_t first) {
  int32_t next = first;
  for (const auto& item : items) {
    next = std::max(next, item.value(key, first - 1) + 1);
  }
  return next;
}

void EraseIf(json* items, const std::function<bool(const json&)>& drop) {
  json kept = json::array();
  for (auto& item : *items) {
    if (!drop(item)) {
      kept.push_back(std::move(item));
    }
  }
  *items = std::move(kept);
}

/// Highest field id of a schema's JSON, at any depth.
int32_t HighestId(const json& j) {
  int32_t highest = 0;
  if (j.is_object()) {
    for (const char* key : {"id", "element-id", "key-id", "value-id"}) {
      if (j.contains(key) && j[key].is_number_integer()) {
        highest = std::max(highest, j[key].get<int32_t>());
      }
    }
  }
  if (j.is_structured()) {
    for (const auto& item : j) {
      highest = std::max(highest, HighestId(item));
    }
  }
  return highest;
}

/// Without the id under `key`, for comparison.
json Without(json j, const char* key) {
  j.erase(key);
  return j;
}

class Builder {
 public:
  Builder(const TableMetadata* base, int64_t now_ms) : now_ms_(now_ms) {
    if (base != nullptr) {
      j_ = *base->document;
      Normalize(*base);
    } else {
      j_ = {{"format-version", 2},
            {"last-sequence-number", 0},
            {"last-updated-ms", now_ms},
            {"last-column-id", 0},
            {"current-schema-id", -1},
            {"schemas", json::array()},
            {"default-spec-id", -1},
            {"partition-specs", json::array()},
            {"last-partition-id", 999},
            {"default-sort-order-id", -1},
            {"sort-orders", json::array()},
            {"properties", json::object()},
            {"current-snapshot-id", -1},
            {"refs", json::object()},
            {"snapshots", json::array()},
            {"statistics", json::array()},
            {"partition-statistics", json::array()},
            {"snapshot-log", json::array()},
            {"metadata-log", json::array()}};
    }
  }

  Status Apply(const json& update) {
    const auto action = update.at("action").get<std::string>();
    if (action == "assign-uuid") {
      j_["table-uuid"] = update.at("uuid");
    } else if (action == "upgrade-format-version") {
      return Upgrade(update.at("format-version").get<int>());
    } else if (action == "add-schema") {
      AddSchema(update.at("schema"));
    } else if (action == "set-current-schema") {
      return SetId(update.at("schema-id").get<int32_t>(), last_schema_, "schemas", "schema-id",
                   "current-schema-id");
    } else if (action == "add-spec") {
      return AddSpec(update.at("spec"));
    } else if (action == "set-default-spec") {
      return SetId(update.at("spec-id").get<int32_t>(), last_spec_, "partition-specs", "spec-id",
                   "default-spec-id");
    } else if (action == "add-sort-order") {
      AddOrder(update.at("sort-order"));
    } else if (action == "set-default-sort-order") {
      return SetId(update.at("sort-order-id").get<int32_t>(), last_order_, "sort-orders",
                   "order-id", "default-sort-order-id");
    } else if (action == "add-snapshot") {
      return AddSnapshot(update.at("snapshot"));
    } else if (action == "set-snapshot-ref") {
      return SetRef(update);
    } else if (action == "remove-snapshot-ref") {
      RemoveRef(update.at("ref-name").get<std::string>());
    } else if (action == "remove-snapshots") {
      for (const auto& id : update.at("snapshot-ids")) {
        removed_.insert(id.get<int64_t>());
      }
      RemoveSnapshots();
    } else if (action == "set-location") {
      j_["location"] = update.at("location");
    } else if (action == "set-properties") {
      for (const auto& [key, value] : update.at("updates").items()) {
        j_["properties"][key] = value;
      }
    } else if (action == "remove-properties") {
      for (const auto& key : update.at("removals")) {
        j_["properties"].erase(key.get<std::string>());
      }
    } else if (action == "set-statistics") {
      SetBySnapshot("statistics", update.at("statistics"));
    } else if (action == "remove-statistics") {
      DropBySnapshot("statistics", update.at("snapshot-id").get<int64_t>());
    } else if (action == "set-partition-statistics") {
      SetBySnapshot("partition-statistics", update.at("partition-statistics"));
    } else if (action == "remove-partition-statistics") {
      DropBySnapshot("partition-statistics", update.at("snapshot-id").get<int64_t>());
    } else if (action == "remove-partition-specs") {
      const auto& ids = update.at("spec-ids");
      EraseIf(&j_["partition-specs"], [&](const json& spec) {
        return spec["spec-id"] != j_["default-spec-id"] &&
               std::find(ids.begin(), ids.end(), spec["spec-id"]) != ids.end();
      });
    } else if (action == "remove-schemas") {
      const auto& ids = update.at("schema-ids");
      EraseIf(&j_["schemas"], [&](const json& schema) {
        return schema["schema-id"] != j_["current-schema-id"] &&
               std::find(ids.begin(), ids.end(), schema["schema-id"]) != ids.end();
      });
    } else {
      return base::Unsupported("the Iceberg metadata update " + action);
    }
    return Status::OK();
  }

  json Finish() {
    j_["last-updated-ms"] =
        last_updated_ms_.value_or(std::max(now_ms_, j_.value("last-updated-ms", int64_t{0})));
    if (version() == 1) {
      // Readers of format 1 before these lists existed look here.
      if (const json* schema =
              FindById(&j_["schemas"], "schema-id", j_["current-schema-id"].get<int64_t>())) {
        j_["schema"] = *schema;
      }
      if (const json* spec =
              FindById(&j_["partition-specs"], "spec-id", j_["default-spec-id"].get<int64_t>())) {
        j_["partition-spec"] = spec->at("fields");
      }
      j_.erase("last-sequence-number");
    } else {
      j_.erase("schema");
      j_.erase("partition-spec");
    }
    return std::move(j_);
  }

 private:
  int version() const { return j_["format-version"].get<int>(); }

  /// Brings older forms of format 1 into the one that all later ones use.
  void Normalize(const TableMetadata& base) {
    if (!j_.contains("schemas")) {
      json schema = j_.at("schema");
      schema["schema-id"] = base.current_schema_id;
      j_["schemas"] = json::array({schema});
      j_["current-schema-id"] = base.current_schema_id;
    }
    if (!j_.contains("partition-specs")) {
      j_["partition-specs"] = json::array();
      for (const auto& spec : base.partition_specs) {
        j_["partition-specs"].push_back(SpecToJson(spec));
      }
      j_["default-spec-id"] = base.default_spec_id;
    }
    for (auto& spec : j_["partition-specs"]) {
      int32_t next = 1000;
      for (auto& field : spec["fields"]) {
        if (!field.contains("field-id")) {
          field["field-id"] = next;
        }
        next = field["field-id"].get<int32_t>() + 1;
      }
    }
    if (!j_.contains("sort-orders")) {
      j_["sort-orders"] = json::array({{{"order-id", 0}, {"fields", json::array()}}});
      j_["default-sort-order-id"] = 0;
    }
    j_["last-partition-id"] = base.last_partition_id;
    j_["last-column-id"] = base.last_column_id;
    for (const char* list :
         {"snapshots", "snapshot-log", "metadata-log", "statistics", "partition-statistics"}) {
      if (!j_.contains(list) || j_[list].is_null()) {
        j_[list] = json::array();
      }
    }
    if (!j_.contains("properties")) {
      j_["properties"] = json::object();
    }
    if (!j_.contains("refs")) {
      j_["refs"] = json::object();
    }
    if (base.current_snapshot_id && !j_["refs"].contains(kMainBranch)) {
      j_["refs"][kMainBranch] = {{"snapshot-id", base.current_snapshot_id->value},
                                 {"type", "branch"}};
    }
  }

  Status Upgrade(int to) {
    if (to > 3) {
      return base::Unsupported("Iceberg format version " + std::to_string(to));
    }
    if (j_["schemas"].empty()) {  // a new table
      j_["format-version"] = to;
    } else if (to < version()) {
      return Invalid("format version " + std::to_string(version()) + " can't be lowered to " +
                     std::to_string(to));
    }
    if (version() == 1 && to >= 2) {
      j_["last-sequence-number"] = j_.value("last-sequence-number", 0);
    }
    j_["format-version"] = to;
    if (to >= 3 && !j_.contains("next-row-id")) {
      j_["next-row-id"] = 0;
    }
    if (to >= 3 && j_["current-snapshot-id"] == -1) {
      j_["current-snapshot-id"] = nullptr;
    }
    return Status::OK();
  }

  void AddSchema(json schema) {
    auto& schemas = j_["schemas"];
    const json wanted = Without(schema, "schema-id");
    for (const auto& known : schemas) {
      if (Without(known, "schema-id") == wanted) {
        last_schema_ = known["schema-id"].get<int32_t>();
        return;
      }
    }
    schema["schema-id"] = NextId(schemas, "schema-id", 0);
    last_schema_ = schema["schema-id"].get<int32_t>();
    j_["last-column-id"] = std::max(j_["last-column-id"].get<int32_t>(), HighestId(schema));
    schemas.push_back(std::move(schema));
  }

  Status AddSpec(json spec) {
    auto& specs = j_["partition-specs"];
    int32_t last = j_["last-partition-id"].get<int32_t>();
    for (auto& field : spec["fields"]) {
      if (!field.contains("field-id")) {
        field["field-id"] = ++last;
      }
      last = std::max(last, field["field-id"].get<int32_t>());
    }
    const json wanted = spec["fields"];
    for (const auto& known : specs) {
      if (known["fields"] == wanted) {
        last_spec_ = known["spec-id"].get<int32_t>();
        return Status::OK();
      }
    }
    spec["spec-id"] = NextId(specs, "spec-id", 0);
    last_spec_ = spec["spec-id"].get<int32_t>();
    j_["last-partition-id"] = last;
    specs.push_back(std::move(spec));
    return Status::OK();
  }

  void AddOrder(json order) {
    auto& orders = j_["sort-orders"];
    const json wanted = order["fields"];
    for (const auto& known : orders) {
      if (known["fields"] == wanted) {
        last_order_ = known["order-id"].get<int32_t>();
        return;
      }
    }
    order["order-id"] = wanted.empty() ? 0 : NextId(orders, "order-id", 1);
    last_order_ = order["order-id"].get<int32_t>();
    orders.push_back(std::move(order));
  }

  Status SetId(int32_t id, int32_t last, const char* list, const char* key, const char* member) {
    const int32_t wanted = id == kLastAdded ? last : id;
    if (FindById(&j_[list], key, wanted) == nullptr) {
      return Invalid(std::string(key) + " " + std::to_string(wanted) + " does not exist");
    }
    j_[member] = wanted;
    return Status::OK();
  }

  Status AddSnapshot(const json& snapshot) {
    const auto id = snapshot.at("snapshot-id").get<int64_t>();
    if (FindById(&j_["snapshots"], "snapshot-id", id) != nullptr) {
      return Invalid("snapshot " + std::to_string(id) + " exists already");
    }
    if (version() >= 2) {
      const auto sequence = snapshot.value("sequence-number", int64_t{0});
      const auto last = j_.value("last-sequence-number", int64_t{0});
      if (sequence <= last && snapshot.contains("parent-snapshot-id")) {
        return CommitConflict("sequence number " + std::to_string(sequence) +
                              " is not above the table's last, " + std::to_string(last));
      }
      j_["last-sequence-number"] = std::max(sequence, last);
    }
    if (version() >= 3) {
      const auto next = j_.value("next-row-id", int64_t{0});
      const auto first = snapshot.value("first-row-id", int64_t{-1});
      if (first < next) {
        return CommitConflict("first row id " + std::to_string(first) +
                              " is below the table's next, " + std::to_string(next));
      }
      j_["next-row-id"] = next + snapshot.value("added-rows", int64_t{0});
    }
    last_updated_ms_ = snapshot.at("timestamp-ms").get<int64_t>();
    added_[id] = *last_updated_ms_;
    j_["snapshots"].push_back(snapshot);
    return Status::OK();
  }

  Status SetRef(const json& update) {
    const auto name = update.at("ref-name").get<std::string>();
    const auto id = update.at("snapshot-id").get<int64_t>();
    if (FindById(&j_["snapshots"], "snapshot-id", id) == nullptr) {
      return Invalid("ref " + name + " can't be set to snapshot " + std::to_string(id) +
                     ", which does not exist");
    }
    json ref = update;
    ref.erase("action");
    ref.erase("ref-name");
    auto& refs = j_["refs"];
    if (refs.contains(name) && refs[name] == ref) {
      return Status::OK();
    }
    if (name == kMainBranch) {
      if (update.value("type", "branch") != "branch") {
        return Invalid("main can't be a tag");
      }
      j_["current-snapshot-id"] = id;
      const auto added = added_.find(id);
      const int64_t time = added != added_.end()
                               ? added->second
                               : std::max(now_ms_, j_.value("last-updated-ms", int64_t{0}));
      if (!last_updated_ms_ || *last_updated_ms_ < time) {
        last_updated_ms_ = time;
      }
      j_["snapshot-log"].push_back({{"timestamp-ms", time}, {"snapshot-id", id}});
    }
    refs[name] = std::move(ref);
    return Status::OK();
  }

  void RemoveRef(const std::string& name) {
    j_["refs"].erase(name);
    if (name == kMainBranch) {
      j_["current-snapshot-id"] = version() >= 3 ? json() : json(-1);
      j_["snapshot-log"] = json::array();
    }
  }

  void RemoveSnapshots() {
    const auto gone = [&](const json& item) {
      return removed_.contains(item.value("snapshot-id", int64_t{-1}));
    };
    EraseIf(&j_["snapshots"], gone);
    EraseIf(&j_["statistics"], gone);
    EraseIf(&j_["partition-statistics"], gone);
    std::vector<std::string> refs;
    for (const auto& [name, ref] : j_["refs"].items()) {
      if (gone(ref)) {
        refs.push_back(name);
      }
    }
    for (const auto& name : refs) {
      RemoveRef(name);
    }
    // A gap makes what is before it useless for time travel.
    json log = json::array();
    for (auto& entry : j_["snapshot-log"]) {
      if (gone(entry)) {
        log = json::array();
      } else {
        log.push_back(std::move(entry));
      }
    }
    j_["snapshot-log"] = std::move(log);
  }

  void DropBySnapshot(const char* list, int64_t id) {
    EraseIf(&j_[list],
            [&](const json& item) { return item.value("snapshot-id", int64_t{-1}) == id; });
  }

  void SetBySnapshot(const char* list, const json& item) {
    DropBySnapshot(list, item.at("snapshot-id").get<int64_t>());
    j_[list].push_back(item);
  }

  json j_;
  int64_t now_ms_;
  std::optional<int64_t> last_updated_ms_;
  int32_t last_schema_ = -1;
  int32_t last_spec_ = -1;
  int32_t last_order_ = -1;
  std::map<int64_t, int64_t> added_;  // snapshot id to its timestamp
  std::set<int64_t> removed_;
};

}  // namespace

Result<std::shared_ptr<const TableMetadata>> ApplyUpdates(
    const TableMetadata* base, const std::vector<MetadataUpdate>& updates, int64_t now_ms) {
  try {
    Builder builder(base, now_ms);
    for (const auto& update : updates) {
      ARROW_RETURN_NOT_OK(builder.Apply(*update.json));
    }
    return ParseTableMetadata(std::make_shared<const json>(builder.Finish()), "");
  } catch (const json::exception& error) {
    return base::InternalError(std::string("a metadata update is malformed: ") + error.what());
  }
}

Status CheckRequirements(const TableMetadata* base, const std::vector<Requirement>& requirements) {
  for (const auto& requirement : requirements) {
    const json& j = *requirement.json;
    const auto type = j.at("type").get<std::string>();
    if (type == "assert-create") {
      if (base != nullptr) {
        return CommitConflict("the table was created meanwhile");
      }
      continue;
    }
    if (base == nullptr) {
      return CommitConflict("the table does not exist any more");
    }
    const auto expect = [&](const char* key, int64_t actual) -> Status {
      const auto wanted = j.at(key).get<int64_t>();
      return wanted == actual
                 ? Status::OK()
                 : CommitConflict(std::string(key) + " is " + std::to_string(actual) + ", not " +
                                  std::to_string(wanted) + " as when the change began");
    };
    Status status;
    if (type == "assert-table-uuid") {
      if (j.at("uuid").get<std::string>() != base->table_uuid) {
        status = CommitConflict("the table was replaced by another one");
      }
    } else if (type == "assert-ref-snapshot-id") {
      const auto name = j.at("ref").get<std::string>();
      const auto ref = base->refs.find(name);
      const json actual = ref == base->refs.end() ? json() : json(ref->second.snapshot_id.value);
      if (actual != j.at("snapshot-id")) {
        status = CommitConflict("branch or tag " + name + " has changed: it is at snapshot " +
                                (actual.is_null() ? "none" : actual.dump()));
      }
    } else if (type == "assert-last-assigned-field-id") {
      status = expect("last-assigned-field-id", base->last_column_id);
    } else if (type == "assert-current-schema-id") {
      status = expect("current-schema-id", base->current_schema_id);
    } else if (type == "assert-last-assigned-partition-id") {
      status = expect("last-assigned-partition-id", base->last_partition_id);
    } else if (type == "assert-default-spec-id") {
      status = expect("default-spec-id", base->default_spec_id);
    } else if (type == "assert-default-sort-order-id") {
      status = expect("default-sort-order-id", base->default_sort_order_id);
    } else {
      status = base::Unsupported("the Iceberg requirement " + type);
    }
    ARROW_RETURN_NOT_OK(status);
  }
  return Status::OK();
}

}  // namespace emery::table::iceberg
