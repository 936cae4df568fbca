#include <stdio.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/error_text_internal.h"
#include "cli/interrupt_internal.h"
#include "cli/protocol_internal.h"
#include "cli/value_text_internal.h"
#include "nlohmann/json.hpp"

#include "sql/parser.h"

namespace emery::cli {

namespace {

void AppendMetrics(const session::StatementSummary& summary, std::string* out) {
  char text[256];
  std::snprintf(text, sizeof(text),
                ",\"metrics\":{\"seconds\":%.6f,\"rows\":%lld,\"bytes_read\":%lld,"
                "\"peak_memory_bytes\":%lld,\"spilled_bytes\":%lld,\"peak_resident_bytes\":%lld}",
                summary.seconds, static_cast<long long>(summary.rows),
                static_cast<long long>(summary.bytes_read),
                static_cast<long long>(summary.peak_memory_bytes),
                static_cast<long long>(summary.spilled_bytes),
                static_cast<long long>(base::PeakResidentBytes()));
  *out += text;
}

Result<std::string> ResultDocument(session::Session* session, std::string_view statement) {
  session::StatementOptions options;
  options.cancellation = std::make_shared<base::CancellationToken>();
  const Interrupts::Scope interruptible(options.cancellation);
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<session::StatementResult> result,
                        session->Execute(statement, options));
  std::string out = "{\"columns\":[";
  const type::Schema& schema = result->schema();
  for (size_t i = 0; i < schema.size(); ++i) {
    out += i == 0 ? "{\"name\":" : ",{\"name\":";
    AppendJsonString(schema[i].name, &out);
    out += ",\"type\":";
    AppendJsonString(schema[i].type->ToString(), &out);
    out += '}';
  }
  out += "],\"rows\":[";
  bool first = true;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(std::optional<columnar::Batch> batch, result->Next());
    if (!batch) {
      break;
    }
    if (schema.empty()) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(std::vector<columnar::VectorPtr> columns,
                          ToText(*batch, schema, *result->context(), BinaryStyle::kHex));
    for (int64_t row = 0; row < batch->num_rows; ++row) {
      out += first ? "[" : ",[";
      first = false;
      for (size_t i = 0; i < columns.size(); ++i) {
        out += i == 0 ? "" : ",";
        if (columns[i]->IsNull(row)) {
          out += "null";
        } else {
          AppendJsonString(TextAt(*columns[i], row), &out);
        }
      }
      out += ']';
    }
  }
  out += ']';
  AppendMetrics(result->summary(), &out);
  return out + "}\n";
}

std::string ErrorDocument(const Status& status) {
  const base::ErrorDetail* detail = base::GetErrorDetail(status);
  std::string out = "{\"error\":{\"condition\":";
  AppendJsonString(ConditionOf(status), &out);
  out += ",\"sqlState\":";
  AppendJsonString(detail != nullptr ? detail->sql_state() : "XX000", &out);
  out += ",\"message\":";
  AppendJsonString(status.message(), &out);
  out += ",\"position\":";
  if (detail != nullptr && detail->position().line > 0) {
    out += "{\"line\":" + std::to_string(detail->position().line) +
           ",\"column\":" + std::to_string(detail->position().column + 1) + "}";
  } else {
    out += "null";
  }
  return out + "}}\n";
}

void Answer(session::Session* session, std::string_view statement) {
  const Result<std::string> document = ResultDocument(session, statement);
  const std::string text = document.ok() ? *document : ErrorDocument(document.status());
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

bool ReadLine(std::string* line) {
  char* data = nullptr;
  size_t size = 0;
  const ssize_t length = ::getline(&data, &size, stdin);
  if (length >= 0) {
    line->assign(data, static_cast<size_t>(length));
  }
  std::free(data);
  return length >= 0;
}

}  // namespace

int RunProtocol(session::Session* session) {
  std::string script;
  std::string line;
  while (ReadLine(&line)) {
    if (script.empty() && line[0] == '{') {
      const nlohmann::json request = nlohmann::json::parse(line, nullptr, false);
      if (request.is_discarded() || !request.contains("sql") || !request["sql"].is_string()) {
        const std::string text = ErrorDocument(base::UserError(
            "INVALID_PROTOCOL_REQUEST", "Expected one JSON document a line: {\"sql\": \"…\"}."));
        std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
        continue;
      }
      Answer(session, request["sql"].get<std::string>());
      continue;
    }
    script += line;
    const std::vector<sql::ScriptStatement> statements = sql::SplitScript(script);
    size_t done = 0;
    for (const sql::ScriptStatement& statement : statements) {
      if (statement.complete) {
        Answer(session, statement.text);
        done = statement.offset + statement.text.size();
      }
    }
    if (statements.empty() || statements.back().complete) {
      script.clear();
    } else if (done > 0) {
      script = script.substr(statements.back().offset);
    }
  }
  for (const sql::ScriptStatement& statement : sql::SplitScript(script)) {
    Answer(session, statement.text);
  }
  return 0;
}

}  // namespace emery::cli
