// DELETE, UPDATE and MERGE of an Iceberg table, planned: copy-on-write or merge-on-read.
#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/row_level_internal.h"

namespace emery::table::iceberg {

namespace {

const char* WordOf(RowLevelRequest::Command command) {
  switch (command) {
    case RowLevelRequest::Command::kDelete:
      return "delete";
    case RowLevelRequest::Command::kUpdate:
      return "update";
    case RowLevelRequest::Command::kMerge:
      return "merge";
  }
  return "";
}

class IcebergRowLevel final : public RowLevelOperation {
 public:
  explicit IcebergRowLevel(RowLevelPlan plan) : plan_(std::move(plan)), target_(plan_.table) {}

  bool copy_on_write() const override { return plan_.copy_on_write; }

  std::vector<std::string> row_id_columns() const override {
    return plan_.copy_on_write ? std::vector<std::string>()
                               : std::vector<std::string>{"_file", "_pos"};
  }

  std::vector<std::string> carried_columns() const override {
    if (plan_.table->metadata().format_version < 3) {
      return {};
    }
    return {"_row_id", "_last_updated_sequence_number"};
  }

  std::shared_ptr<const Table> target() const override { return target_; }

  Status RestrictToFiles(std::vector<std::string> files) override {
    plan_.replaced_files.emplace(files.begin(), files.end());
    target_ = plan_.table->OnlyFiles(*plan_.replaced_files);
    return Status::OK();
  }

  Result<std::unique_ptr<WriteJob>> PlanWrite() override {
    const std::vector<std::string> carried = carried_columns();
    type::Schema extra;
    for (size_t i = 0; i < carried.size(); ++i) {
      extra.push_back({carried[i], type::Long(), true});
      extra.back().field_id = i == 0 ? kRowIdFieldId : kLastUpdatedSequenceNumberFieldId;
    }
    return MakeRowLevelJob(std::make_shared<const RowLevelPlan>(plan_), extra,
                           row_id_columns().size());
  }

 private:
  RowLevelPlan plan_;
  std::shared_ptr<const Table> target_;
};

}  // namespace

Result<std::unique_ptr<RowLevelOperation>> IcebergTable::PlanRowLevel(
    const RowLevelRequest& request) const {
  if (operations_ == nullptr || branch_.empty()) {
    return base::UserError("UNSUPPORTED_FEATURE.TABLE_OPERATION",
                           "The feature is not supported: Table " + name_ +
                               " does not support changes of its rows: "
                               "it is read at a snapshot or tag, or from files without a catalog.",
                           {{"tableName", name_}, {"operation", WordOf(request.command)}});
  }
  RowLevelPlan plan;
  plan.table = std::shared_ptr<const IcebergTable>(new IcebergTable(*this));
  plan.request = request;
  const std::string prefix = std::string("write.") + WordOf(request.command);
  const std::string mode = metadata_->Property(prefix + ".mode", "copy-on-write");
  if (mode != "copy-on-write" && mode != "merge-on-read") {
    return base::UserError("INVALID_PARAMETER_VALUE",
                           "The table property " + prefix +
                               ".mode is neither copy-on-write nor "
                               "merge-on-read: " +
                               mode,
                           {{"parameter", prefix + ".mode"}});
  }
  if (mode == "merge-on-read" && metadata_->format_version < 2) {
    return base::Unsupported("merge-on-read for Iceberg tables of format version 1");
  }
  plan.copy_on_write = mode == "copy-on-write";
  plan.serializable =
      metadata_->Property(prefix + ".isolation-level", "serializable") != "snapshot";
  return std::make_unique<IcebergRowLevel>(std::move(plan));
}

}  // namespace emery::table::iceberg
