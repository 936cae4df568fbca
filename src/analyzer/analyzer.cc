#include "analyzer/analyzer.h"

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"
#include "sql/parser.h"

namespace emery::analyzer {

QueryAnalyzer::QueryAnalyzer(const AnalyzerContext& context) : context_(context) {
  case_sensitive_ = context.query->config != nullptr && context.query->config->case_sensitive();
}

bool QueryAnalyzer::Setting(std::string_view key, bool fallback) const {
  return context_.query->config == nullptr ? fallback
                                           : context_.query->config->GetBool(key, fallback);
}

PlanPtr QueryAnalyzer::AsOutput(const Relation& relation) {
  const plan::Columns output = relation.plan->Output();
  const ScopeColumns visible = Visible(relation.columns);
  const bool same = std::equal(output.begin(), output.end(), visible.begin(), visible.end(),
                               [](const plan::ColumnInfo& a, const ScopeColumn& b) {
                                 return a.id == b.id && a.name == b.name;
                               });
  if (same) {
    return relation.plan;
  }
  ExpressionList expressions;
  std::set<ColumnId> used;
  for (const ScopeColumn& column : visible) {
    ExpressionPtr e = ToColumn(column);
    expressions.push_back(
        used.insert(column.id).second ? e : plan::MakeAlias(e, column.name, plan::NextColumnId()));
  }
  return plan::MakeProject(relation.plan, std::move(expressions));
}

namespace {

using SharedCounts = std::map<int64_t, int>;

void CountShared(const PlanPtr& plan, SharedCounts* counts) {
  if (const auto* shared = plan::As<plan::Shared>(plan)) {
    if (++(*counts)[shared->id] > 1) {
      return;
    }
  }
  plan::VisitExpressions(*plan, [&](const ExpressionPtr& e) {
    (void)plan::AnyOf(e, [&](const plan::Expression& node) {
      if (const auto* subquery = plan::As<plan::Subquery>(&node)) {
        CountShared(subquery->plan, counts);
      }
      return false;
    });
  });
  for (const PlanPtr& input : plan->inputs) {
    CountShared(input, counts);
  }
}

PlanPtr Inline(const PlanPtr& plan, const SharedCounts& counts, std::map<int64_t, PlanPtr>* done) {
  if (const auto* shared = plan::As<plan::Shared>(plan)) {
    PlanPtr& input = (*done)[shared->id];
    if (input == nullptr) {
      input = Inline(shared->inputs[0], counts, done);
    }
    if (counts.at(shared->id) > 1) {
      return plan::WithInputs(plan, {input});
    }
    ExpressionList expressions;
    const plan::Columns columns = input->Output();
    for (size_t i = 0; i < columns.size(); ++i) {
      const plan::ColumnInfo& column = columns[i];
      expressions.push_back(
          plan::MakeAlias(plan::MakeColumn(column.id, column.name, column.type, column.nullable),
                          shared->columns[i].name, shared->columns[i].id));
    }
    return plan::MakeProject(input, std::move(expressions));
  }
  std::vector<PlanPtr> inputs;
  for (const PlanPtr& input : plan->inputs) {
    inputs.push_back(Inline(input, counts, done));
  }
  return plan::MapExpressions(
      plan::WithInputs(plan, std::move(inputs)), [&](const ExpressionPtr& e) {
        return plan::TransformUp(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
          const auto* subquery = plan::As<plan::Subquery>(node);
          if (subquery == nullptr) {
            return node;
          }
          PlanPtr rewritten = Inline(subquery->plan, counts, done);
          if (rewritten == subquery->plan) {
            return node;
          }
          auto copy = std::make_shared<plan::Subquery>(*subquery);
          copy->plan = std::move(rewritten);
          return copy;
        });
      });
}

}  // namespace

PlanPtr QueryAnalyzer::InlineShared(const PlanPtr& plan) {
  SharedCounts counts;
  CountShared(plan, &counts);
  if (counts.empty()) {
    return plan;
  }
  std::map<int64_t, PlanPtr> done;
  return Inline(plan, counts, &done);
}

Analyzer::Analyzer(AnalyzerContext context) : context_(std::move(context)) {}

Analyzer::~Analyzer() = default;

namespace {

Result<PlanPtr> AnalyzeQuery(const PlanPtr& plan, const AnalyzerContext& context) {
  QueryAnalyzer analyzer(context);
  ARROW_ASSIGN_OR_RAISE(Relation relation, analyzer.AnalyzeRelation(plan, Environment{}));
  return analyzer.InlineShared(analyzer.AsOutput(relation));
}

}  // namespace

Result<PlanPtr> Analyzer::Analyze(const PlanPtr& plan) {
  if (plan->kind != plan::PlanKind::kCommand) {
    return AnalyzeQuery(plan, context_);
  }
  // The source of MERGE is resolved with its target, by whoever runs it.
  const auto& command = static_cast<const plan::Command&>(*plan);
  if (command.command == plan::CommandKind::kMerge ||
      command.command == plan::CommandKind::kInsert) {
    return plan;
  }
  std::vector<PlanPtr> inputs;
  for (const PlanPtr& input : plan->inputs) {
    ARROW_ASSIGN_OR_RAISE(PlanPtr resolved, Analyze(input));
    inputs.push_back(std::move(resolved));
  }
  return plan::WithInputs(plan, std::move(inputs));
}

Result<ExpressionPtr> Analyzer::AnalyzeExpression(const ExpressionPtr& expression,
                                                  const plan::Columns& columns,
                                                  const std::vector<std::string>& qualifier) {
  QueryAnalyzer analyzer(context_);
  Environment env;
  Scope scope;
  scope.columns = ToScope(columns, qualifier);
  ExpressionContext context;
  context.environment = &env;
  context.scope = &scope;
  context.place = "this expression";
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr resolved, analyzer.Resolve(expression, context));
  return plan::TransformUp(resolved, [&](const ExpressionPtr& e) -> ExpressionPtr {
    const auto* subquery = plan::As<plan::Subquery>(e);
    if (subquery == nullptr) {
      return e;
    }
    auto copy = std::make_shared<plan::Subquery>(*subquery);
    copy->plan = analyzer.InlineShared(subquery->plan);
    return copy;
  });
}

}  // namespace emery::analyzer
