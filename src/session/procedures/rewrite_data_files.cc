#include <algorithm>

#include "session/procedures/procedure.h"
#include "table/iceberg/compaction.h"

namespace emery::session {

using table::iceberg::CompactionOptions;
using table::iceberg::IcebergTable;
using type::Value;

namespace {

Result<int> FieldIndex(const IcebergTable& table, const plan::ExpressionPtr& e) {
  const auto* column = plan::As<plan::UnresolvedColumn>(e);
  const auto& schema = table.metadata().current_schema().fields;
  for (size_t i = 0; column != nullptr && column->parts.size() == 1 && i < schema.size(); ++i) {
    if (LowerCase(schema[i].name) == LowerCase(column->parts[0])) {
      return static_cast<int>(i);
    }
  }
  return InvalidArgument("Cannot find a column of the sort order in the table.");
}

/// "a DESC NULLS LAST, b" or "zorder(a, b)".
Status ParseOrder(const ProcedureCall& call, const IcebergTable& table, const std::string& text,
                  CompactionOptions* options) {
  ARROW_ASSIGN_OR_RAISE(const auto parsed,
                        sql::ParseStatement("SELECT 1 FROM t ORDER BY " + text,
                                            ParserOptionsOf(call.statement->config())));
  const auto* sort = plan::As<plan::UnresolvedOrdering>(parsed);
  if (sort == nullptr || sort->order_by_all) {
    return InvalidArgument("Unable to parse the sort order: " + text + ".");
  }
  for (const auto& order : sort->order_by) {
    if (const auto* function = plan::As<plan::UnresolvedFunction>(order.expression)) {
      if (function->name.size() != 1 || LowerCase(function->name[0]) != "zorder" ||
          sort->order_by.size() != 1) {
        return InvalidArgument("The sort order takes columns or one zorder(…): " + text + ".");
      }
      options->order.z_order = true;
      for (const auto& argument : function->children) {
        ARROW_ASSIGN_OR_RAISE(const int index, FieldIndex(table, argument));
        options->order.fields.push_back({index, false, true});
      }
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const int index, FieldIndex(table, order.expression));
    options->order.fields.push_back({index, !order.ascending, order.nulls_first});
  }
  return Status::OK();
}

Status ReadOptions(const ProcedureCall& call, CompactionOptions* options) {
  for (const auto& [key, value] : call.Map("options")) {
    const auto number = [&](int64_t* out) -> Status {
      char* end = nullptr;
      *out = std::strtoll(value.c_str(), &end, 10);
      return end != value.c_str() && *end == '\0'
                 ? Status::OK()
                 : InvalidArgument("The option " + key + " takes a number, not " + value + ".");
    };
    const bool yes = LowerCase(value) == "true";
    if (key == "target-file-size-bytes") {
      ARROW_RETURN_NOT_OK(number(&options->target_bytes));
    } else if (key == "min-file-size-bytes") {
      ARROW_RETURN_NOT_OK(number(&options->min_bytes));
    } else if (key == "max-file-size-bytes") {
      ARROW_RETURN_NOT_OK(number(&options->max_bytes));
    } else if (key == "min-input-files") {
      ARROW_RETURN_NOT_OK(number(&options->min_input_files));
    } else if (key == "delete-file-threshold") {
      ARROW_RETURN_NOT_OK(number(&options->delete_file_threshold));
    } else if (key == "delete-ratio-threshold") {
      options->delete_ratio_threshold = std::strtod(value.c_str(), nullptr);
    } else if (key == "rewrite-all") {
      options->rewrite_all = yes;
    } else if (key == "max-file-group-size-bytes") {
      ARROW_RETURN_NOT_OK(number(&options->max_group_bytes));
    } else if (key == "use-starting-sequence-number") {
      options->use_starting_sequence_number = yes;
    } else if (key == "partial-progress.enabled") {
      options->partial_progress = yes;
    } else if (key != "max-concurrent-file-group-rewrites" &&
               key != "partial-progress.max-commits" &&
               key != "partial-progress.max-failed-commits" && key != "rewrite-job-order" &&
               key != "remove-dangling-deletes" && key != "compression-factor" &&
               key != "shuffle-partitions-per-file" && key != "var-length-contribution" &&
               key != "max-output-size" && key != "output-spec-id") {
      return InvalidArgument("Cannot use options [" + key +
                             "], they are not supported by the action or the rewriter.");
    }
  }
  return Status::OK();
}

Result<ProcedureRows> RewriteDataFiles(const ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(auto* iceberg, call.Iceberg());
  ARROW_ASSIGN_OR_RAISE(const auto id, call.Identify("table"));
  ARROW_ASSIGN_OR_RAISE(const auto table, iceberg->LoadTable(id, {}));
  const auto* target = dynamic_cast<const IcebergTable*>(table.get());
  if (target == nullptr) {
    return base::Unsupported("rewriting the files of " + call.Text("table"));
  }
  CompactionOptions options;
  ARROW_RETURN_NOT_OK(ReadOptions(call, &options));
  const std::string strategy = LowerCase(call.Text("strategy", "binpack"));
  if (strategy != "binpack" && strategy != "sort") {
    return InvalidArgument("unsupported strategy: " + strategy +
                           ". Only binpack or sort is supported.");
  }
  if (strategy == "binpack" && call.Has("sort_order")) {
    return InvalidArgument("Must use only one rewriter type (bin-pack, sort, zorder).");
  }
  if (call.Has("sort_order")) {
    ARROW_RETURN_NOT_OK(ParseOrder(call, *target, call.Text("sort_order"), &options));
  } else if (strategy == "sort") {
    const auto& metadata = target->metadata();
    const auto* order = metadata.FindSortOrder(metadata.default_sort_order_id);
    for (size_t i = 0; order != nullptr && i < order->fields.size(); ++i) {
      const auto& schema = metadata.current_schema().fields;
      for (size_t f = 0; f < schema.size(); ++f) {
        if (schema[f].field_id == order->fields[i].source_id) {
          options.order.fields.push_back(
              {static_cast<int>(f), order->fields[i].descending, order->fields[i].nulls_first});
        }
      }
    }
    if (options.order.fields.empty()) {
      return InvalidArgument(
          "Cannot set strategy to sort: the table has no sort order, and none "
          "was given.");
    }
  }
  if (call.Has("where")) {
    std::vector<std::string> parts = {call.catalog_name};
    parts.insert(parts.end(), id.name_space.begin(), id.name_space.end());
    parts.push_back(id.name);
    ARROW_ASSIGN_OR_RAISE(
        const auto batches,
        CollectText(call.statement, "SELECT DISTINCT _file FROM " + base::QuoteName(parts) +
                                        " WHERE " + call.Text("where")));
    options.files.emplace();
    for (const auto& batch : batches) {
      for (int64_t i = 0; i < batch.num_rows; ++i) {
        options.files->insert(columnar::ValueAt(*batch.columns[0], i).string());
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto result, table::iceberg::RewriteDataFiles(
                                               *target, options, call.statement->context()));
  return ProcedureRows{{Value::Int(result.rewritten_files), Value::Int(result.added_files),
                        Value::Int(result.rewritten_bytes), Value::Int(result.failed_files),
                        Value::Int(result.removed_delete_files)}};
}

const ProcedureRegistration kRewriteDataFiles(
    "rewrite_data_files",
    {{"table", type::String(), true},
     {"strategy", type::String(), false},
     {"sort_order", type::String(), false},
     {"options", type::Map(type::String(), type::String()), false},
     {"where", type::String(), false}},
    {ProcedureColumn("rewritten_data_files_count", type::Int(), false),
     ProcedureColumn("added_data_files_count", type::Int(), false),
     ProcedureColumn("rewritten_bytes_count", type::Long(), false),
     ProcedureColumn("failed_data_files_count", type::Int(), false),
     ProcedureColumn("removed_delete_files_count", type::Int(), false)},
    RewriteDataFiles);

}  // namespace

}  // namespace emery::session
