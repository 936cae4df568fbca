// EXPLAIN.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "session/byte_text.h"
#include "session/commands/commands.h"
#include "session/execution_internal.h"

namespace emery::session {

namespace {

CommandResult PlanText(const StatementPtr& statement, std::string text) {
  RowSet rows({"plan"});
  rows.Add({std::move(text)});
  return std::move(rows).Finish(statement);
}

std::string OutputText(const plan::PlanPtr& query) {
  std::string text;
  for (const plan::ColumnInfo& column : query->Output()) {
    text += (text.empty() ? "" : ", ") + column.name + ": " + column.type->ToString();
  }
  return text;
}

std::string Padded(const std::string& text, size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string Milliseconds(int64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f ms", static_cast<double>(nanoseconds) * 1e-6);
  return text;
}

std::string Details(const OperatorSummary& one) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (one.memory_bytes > 0) {
    add("memory " + ByteText(one.memory_bytes));
  }
  if (one.spilled_bytes > 0) {
    add("spilled " + ByteText(one.spilled_bytes));
  }
  if (one.bytes_read > 0) {
    add("read " + ByteText(one.bytes_read));
  }
  if (one.files > 0 || one.files_pruned > 0) {
    add("files " + std::to_string(one.files) + " (" + std::to_string(one.files_pruned) +
        " pruned)");
  }
  if (one.row_groups > 0 || one.row_groups_pruned > 0) {
    add("row groups " + std::to_string(one.row_groups) + " (" +
        std::to_string(one.row_groups_pruned) + " pruned)");
  }
  if (one.rows_pruned > 0) {
    add("rows pruned " + std::to_string(one.rows_pruned));
  }
  return text;
}

/// The text of each node, in the order of a walk from the root: lines of the plan's own text.
std::vector<std::string> NodeTexts(const physical::NodePtr& root) {
  std::vector<std::string> lines;
  const std::string text = physical::ToString(root);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    line.erase(0, line.find_first_not_of(" :+-"));
    line.erase(std::min(line.rfind("  (~"), line.size()));
    lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

/// One line per operator: estimated and actual rows, time, then the tree.
void AddMeasured(const physical::NodePtr& node, const std::map<int, OperatorSummary>& measured,
                 const std::vector<std::string>& lines, size_t* number, const std::string& first,
                 const std::string& rest, std::string* text) {
  char estimate[32] = "?";
  if (node->estimated_rows >= 0) {
    std::snprintf(estimate, sizeof(estimate), "%.0f", node->estimated_rows);
  }
  const auto found = measured.find(node->id);
  const bool ran = found != measured.end();
  *text += Padded(estimate, 12) + Padded(ran ? std::to_string(found->second.rows_out) : "-", 12) +
           Padded(ran ? Milliseconds(found->second.time_ns) : "-", 14) + "  " + first +
           (*number < lines.size() ? lines[*number] : "");
  ++*number;
  if (ran) {
    const std::string details = Details(found->second);
    *text += details.empty() ? "" : "  {" + details + "}";
  }
  *text += '\n';
  for (size_t i = 0; i < node->inputs.size(); ++i) {
    const bool last = i + 1 == node->inputs.size();
    AddMeasured(node->inputs[i], measured, lines, number, rest + (last ? "+- " : ":- "),
                rest + (last ? "   " : ":  "), text);
  }
}

Result<std::string> Analyzed(const StatementPtr& statement, const plan::PlanPtr& query) {
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Statement::Execution> execution,
                        statement->StartQuery(query));
  int64_t rows = 0;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(std::optional<columnar::Batch> batch, execution->Next());
    if (!batch) {
      break;
    }
    rows += batch->num_rows;
  }
  const StatementSummary summary = execution->Summary();
  std::map<int, OperatorSummary> measured;
  for (const OperatorSummary& one : summary.operators) {
    measured[one.node_id] = one;
  }
  std::string text = "== Physical Plan, as it ran ==\n" + Padded("estimated", 12) +
                     Padded("rows", 12) + Padded("time", 14) + "  operator\n";
  size_t number = 0;
  AddMeasured(execution->plan(), measured, NodeTexts(execution->plan()), &number, "", "", &text);
  text += "\n" + std::to_string(rows) + " rows, read " + ByteText(summary.bytes_read) +
          ", peak memory " + ByteText(summary.peak_memory_bytes) + ", spilled " +
          ByteText(summary.spilled_bytes) + "\n";
  return text;
}

Result<std::string> FormattedText(const physical::NodePtr& root) {
  // The tree with numbers, then each operator with its output.
  std::string tree = "== Physical Plan ==\n";
  std::string list;
  const std::vector<std::string> lines = NodeTexts(root);
  size_t number = 0;
  const auto add = [&](const auto& self, const physical::NodePtr& node, const std::string& first,
                       const std::string& rest) -> void {
    const std::string line = number < lines.size() ? lines[number] : "";
    const size_t mine = ++number;
    const std::string name = line.substr(0, line.find_first_of(" ,"));
    tree += first + name + " (" + std::to_string(mine) + ")\n";
    list += "\n(" + std::to_string(mine) + ") " + line + "\nOutput [" +
            std::to_string(node->output.size()) + "]: [";
    for (size_t i = 0; i < node->output.size(); ++i) {
      list += (i == 0 ? "" : ", ") + node->output[i].name + ": " + node->output[i].type->ToString();
    }
    list += "]\n";
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      const bool last = i + 1 == node->inputs.size();
      self(self, node->inputs[i], rest + (last ? "+- " : ":- "), rest + (last ? "   " : ":  "));
    }
  };
  add(add, root, "", "");
  return tree + "\n" + list + "\n";
}

}  // namespace

CommandResult Explain(const StatementPtr& statement, const plan::Explain& command) {
  using plan::ExplainMode;
  plan::PlanPtr parsed = command.inputs[0];
  std::string head;
  if (const auto* inner = plan::As<plan::Command>(parsed)) {
    const auto* insert = plan::AsCommand<plan::Insert>(parsed);
    const auto* create = plan::AsCommand<plan::CreateTable>(parsed);
    if ((insert == nullptr && create == nullptr) || inner->inputs.empty()) {
      return PlanText(statement, "== Physical Plan ==\nExecute " +
                                     (inner->text.empty() ? "command" : inner->text) + "\n");
    }
    if (command.mode == ExplainMode::kAnalyze) {
      return base::Unsupported("EXPLAIN ANALYZE of a statement that writes", inner->position);
    }
    ARROW_ASSIGN_OR_RAISE(plan::Name name,
                          statement->NameOf(insert != nullptr ? insert->table : create->name));
    head = (insert != nullptr ? "Execute INSERT into " : "Execute CREATE TABLE AS ") +
           base::QuoteName(name) + "\n";
    parsed = inner->inputs[0];
  }
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr query, statement->Analyze(parsed));
  if (command.mode == ExplainMode::kAnalyze) {
    ARROW_ASSIGN_OR_RAISE(std::string text, Analyzed(statement, query));
    return PlanText(statement, std::move(text));
  }
  plan::PlanPtr optimized;
  ARROW_ASSIGN_OR_RAISE(physical::NodePtr physical, statement->Plan(query, &optimized));
  const std::string physical_text = "== Physical Plan ==\n" + head + physical::ToString(physical);
  switch (command.mode) {
    case ExplainMode::kExtended:
      return PlanText(statement, "== Parsed Logical Plan ==\n" + plan::ToString(parsed) +
                                     "\n== Analyzed Logical Plan ==\n" + OutputText(query) + "\n" +
                                     plan::ToString(query) + "\n== Optimized Logical Plan ==\n" +
                                     plan::ToString(optimized) + "\n" + physical_text);
    case ExplainMode::kFormatted: {
      ARROW_ASSIGN_OR_RAISE(std::string text, FormattedText(physical));
      return PlanText(statement, std::move(text));
    }
    case ExplainMode::kCost:
      return PlanText(statement, "== Optimized Logical Plan ==\n" + plan::ToString(optimized) +
                                     "\n" + physical_text + "\n");
    case ExplainMode::kCodegen:
      return base::Unsupported("EXPLAIN CODEGEN: no code is generated");
    case ExplainMode::kSimple:
    case ExplainMode::kAnalyze:
      break;
  }
  return PlanText(statement, physical_text + "\n");
}

}  // namespace emery::session
