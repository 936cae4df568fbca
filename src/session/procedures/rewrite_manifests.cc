#include "session/procedures/procedure.h"
#include "table/iceberg/manifest_rewrite.h"

namespace emery::session {

using type::Value;

namespace {

Result<ProcedureRows> RewriteManifests(const ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(auto operations, call.Table("table"));
  std::optional<int32_t> spec_id;
  if (call.Has("spec_id")) {
    spec_id = static_cast<int32_t>(call.Number("spec_id", 0));
  }
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::iceberg::RewriteManifests(operations.get(), spec_id));
  return ProcedureRows{{Value::Int(result.rewritten), Value::Int(result.added)}};
}

const ProcedureRegistration kRewriteManifests(
    "rewrite_manifests",
    {{"table", type::String(), true},
     {"use_caching", type::Boolean(), false},
     {"spec_id", type::Int(), false}},
    {ProcedureColumn("rewritten_manifests_count", type::Int(), false),
     ProcedureColumn("added_manifests_count", type::Int(), false)},
    RewriteManifests);

}  // namespace

}  // namespace emery::session
