#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "columnar/batch.h"
#include "execution/expressions.h"
#include "functions/evaluator.h"
#include "session/row_change_job_internal.h"

namespace emery::session {

using columnar::Batch;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using columnar::VectorReader;
using plan::MergeActionKind;
using plan::MergeClauseKind;
using table::RowOperation;

namespace {

Status CardinalityViolation() {
  return base::UserError(
      "MERGE_CARDINALITY_VIOLATION",
      "The ON search condition of the MERGE statement matched a single row from the target table "
      "with multiple rows of the source table.\nThis could result in the target row being operated "
      "on more than once with an update or delete operation and is not allowed.");
}

/// Row indexes of 0..count that are not in `rows` (ascending).
std::vector<int32_t> Others(const std::vector<int32_t>& rows, int64_t count) {
  std::vector<int32_t> others;
  others.reserve(static_cast<size_t>(count) - rows.size());
  size_t at = 0;
  for (int32_t i = 0; i < count; ++i) {
    if (at < rows.size() && rows[at] == i) {
      ++at;
    } else {
      others.push_back(i);
    }
  }
  return others;
}

class RowChangeWriter final : public table::TaskWriter {
 public:
  static Result<std::unique_ptr<table::TaskWriter>> Make(
      const RowChangeShape* shape, RowChangeJob* job, std::unique_ptr<table::TaskWriter> writer,
      const std::shared_ptr<const functions::QueryContext>& context) {
    std::unique_ptr<RowChangeWriter> made(new RowChangeWriter(shape, job, std::move(writer)));
    for (const RowChangeShape::Clause& clause : shape->clauses) {
      Clause ready;
      if (clause.condition != nullptr) {
        ARROW_ASSIGN_OR_RAISE(
            ready.condition,
            functions::FilterEvaluator::Make(plan::SplitConjuncts(clause.condition), context));
      }
      if (clause.action != MergeActionKind::kDelete) {
        ARROW_ASSIGN_OR_RAISE(ready.values, execution::ExpressionSet::Make(clause.values, context));
      }
      made->clauses_.push_back(std::move(ready));
    }
    return std::unique_ptr<table::TaskWriter>(std::move(made));
  }

  Status Write(const Batch& batch) override {
    if (!shape_->has_target) {
      return Apply(MergeClauseKind::kNotMatched, batch);
    }
    if (shape_->target_marker < 0 && shape_->source_marker < 0) {
      return Apply(MergeClauseKind::kMatched, batch);
    }
    std::vector<int32_t> rows[3];
    const Vector* target =
        shape_->target_marker < 0 ? nullptr : batch.columns[shape_->target_marker].get();
    const Vector* source =
        shape_->source_marker < 0 ? nullptr : batch.columns[shape_->source_marker].get();
    std::optional<VectorReader<uint8_t>> source_flags;
    if (source != nullptr) {
      source_flags.emplace(*source);
    }
    for (int32_t i = 0; i < batch.num_rows; ++i) {
      const bool in_target = target == nullptr || !target->IsNull(i);
      const bool in_source =
          source == nullptr || (!source_flags->IsNull(i) && (*source_flags)[i] != 0);
      const MergeClauseKind kind = !in_target  ? MergeClauseKind::kNotMatched
                                   : in_source ? MergeClauseKind::kMatched
                                               : MergeClauseKind::kNotMatchedBySource;
      rows[static_cast<size_t>(kind)].push_back(i);
    }
    for (const MergeClauseKind kind : {MergeClauseKind::kMatched, MergeClauseKind::kNotMatched,
                                       MergeClauseKind::kNotMatchedBySource}) {
      const std::vector<int32_t>& chosen = rows[static_cast<size_t>(kind)];
      if (chosen.empty()) {
        continue;
      }
      const auto count = static_cast<int64_t>(chosen.size());
      ARROW_RETURN_NOT_OK(Apply(kind, count == batch.num_rows
                                          ? batch
                                          : columnar::GatherBatch(batch, chosen.data(), count)));
    }
    return Status::OK();
  }

  Result<std::unique_ptr<table::WriteResult>> Finish() override {
    if (!matched_.empty()) {
      job_->AddMatched(std::move(matched_));
    }
    return writer_->Finish();
  }

 private:
  struct Clause {
    std::unique_ptr<functions::FilterEvaluator> condition;
    execution::ExpressionSet values;
  };

  RowChangeWriter(const RowChangeShape* shape, RowChangeJob* job,
                  std::unique_ptr<table::TaskWriter> writer)
      : shape_(shape), job_(job), writer_(std::move(writer)) {}

  Status Apply(MergeClauseKind kind, Batch rows) {
    const bool counted =
        kind == MergeClauseKind::kMatched && shape_->matches != RowChangeShape::Matches::kAny;
    if (counted && shape_->matches == RowChangeShape::Matches::kOne) {
      NoteMatched(rows);
    }
    for (size_t c = 0; c < clauses_.size() && rows.num_rows > 0; ++c) {
      if (shape_->clauses[c].kind != kind) {
        continue;
      }
      if (clauses_[c].condition == nullptr) {
        return Emit(c, rows);
      }
      chosen_.resize(static_cast<size_t>(rows.num_rows));
      ARROW_ASSIGN_OR_RAISE(const int64_t count,
                            clauses_[c].condition->Select(rows, chosen_.data()));
      chosen_.resize(static_cast<size_t>(count));
      if (count == 0) {
        continue;
      }
      if (count == rows.num_rows) {
        return Emit(c, rows);
      }
      const std::vector<int32_t> others = Others(chosen_, rows.num_rows);
      ARROW_RETURN_NOT_OK(Emit(c, columnar::GatherBatch(rows, chosen_.data(), count)));
      rows = columnar::GatherBatch(rows, others.data(), static_cast<int64_t>(others.size()));
    }
    if (rows.num_rows == 0 || kind == MergeClauseKind::kNotMatched || !shape_->writes_copies) {
      return Status::OK();
    }
    if (counted && shape_->matches == RowChangeShape::Matches::kCopyOnce) {
      rows = FirstCopies(rows);
    }
    std::vector<VectorPtr> values;
    for (const int column : shape_->fields) {
      values.push_back(rows.columns[column]);
    }
    return Write(RowOperation::kCopy, rows, std::move(values));
  }

  Status Emit(size_t c, const Batch& rows) {
    switch (shape_->clauses[c].action) {
      case MergeActionKind::kDelete: {
        if (!shape_->writes_deletes) {
          return Status::OK();
        }
        std::vector<VectorPtr> values;
        for (const type::Field& field : shape_->schema) {
          values.push_back(Vector::MakeNull(type::ReplaceCharVarchar(field.type), rows.num_rows));
        }
        return Write(RowOperation::kDelete, rows, std::move(values));
      }
      case MergeActionKind::kUpdate:
      case MergeActionKind::kUpdateStar: {
        ARROW_ASSIGN_OR_RAISE(auto values, clauses_[c].values.Evaluate(rows));
        return Write(RowOperation::kUpdate, rows, std::move(values));
      }
      case MergeActionKind::kInsert:
      case MergeActionKind::kInsertStar: {
        ARROW_ASSIGN_OR_RAISE(auto values, clauses_[c].values.Evaluate(rows));
        return Write(RowOperation::kInsert, rows, std::move(values));
      }
    }
    return Status::OK();
  }

  Status Write(RowOperation operation, const Batch& rows, std::vector<VectorPtr> values) {
    if (rows.num_rows == 0) {
      return Status::OK();
    }
    Batch out;
    out.num_rows = rows.num_rows;
    out.columns.push_back(Vector::MakeConstant(
        type::Int(), type::Value::Int(static_cast<int32_t>(operation)), rows.num_rows));
    const bool is_new = operation == RowOperation::kInsert;
    const auto add = [&](const std::vector<int>& columns, const type::Schema& fields) {
      for (size_t i = 0; i < fields.size(); ++i) {
        out.columns.push_back(is_new ? Vector::MakeNull(fields[i].type, rows.num_rows)
                                     : rows.columns[columns[i]]);
      }
    };
    add(shape_->row_ids, shape_->row_id_fields);
    add(shape_->carried, shape_->carried_fields);
    for (VectorPtr& value : values) {
      out.columns.push_back(std::move(value));
    }
    return writer_->Write(out);
  }

  void NoteMatched(const Batch& rows) {
    const VectorReader<StringView> files(*rows.columns[shape_->file]);
    const VectorReader<int64_t> positions(*rows.columns[shape_->position]);
    std::vector<int64_t>* list = nullptr;
    std::string_view last;
    for (int64_t i = 0; i < rows.num_rows; ++i) {
      const std::string_view file = files[i].view();
      if (list == nullptr || file != last) {
        list = &matched_[std::string(file)];
        last = file;
      }
      list->push_back(positions[i]);
    }
  }

  Batch FirstCopies(const Batch& rows) {
    const VectorReader<StringView> files(*rows.columns[shape_->file]);
    const VectorReader<int64_t> positions(*rows.columns[shape_->position]);
    std::vector<int32_t> first;
    for (int32_t i = 0; i < rows.num_rows; ++i) {
      if (job_->FirstCopy(std::string(files[i].view()), positions[i])) {
        first.push_back(i);
      }
    }
    return columnar::GatherBatch(rows, first.data(), static_cast<int64_t>(first.size()));
  }

  const RowChangeShape* shape_;
  RowChangeJob* job_;
  std::unique_ptr<table::TaskWriter> writer_;
  std::vector<Clause> clauses_;
  std::vector<int32_t> chosen_;
  RowChangeJob::Positions matched_;
};

class DistinctTextWriter final : public table::TaskWriter {
 public:
  explicit DistinctTextWriter(DistinctTextJob* job) : job_(job) {}

  Status Write(const Batch& batch) override {
    const Vector& column = *batch.columns[0];
    const VectorReader<StringView> texts(column);
    const int64_t count =
        column.is_constant() ? std::min<int64_t>(batch.num_rows, 1) : batch.num_rows;
    for (int64_t i = 0; i < count; ++i) {
      if (!texts.IsNull(i) && (values_.empty() || texts[i].view() != last_)) {
        last_ = std::string(texts[i].view());
        values_.insert(last_);
      }
    }
    return Status::OK();
  }

  Result<std::unique_ptr<table::WriteResult>> Finish() override {
    job_->Add(std::move(values_));
    return std::make_unique<table::WriteResult>();
  }

 private:
  DistinctTextJob* job_;
  std::set<std::string> values_;
  std::string last_;
};

}  // namespace

Result<std::unique_ptr<table::TaskWriter>> RowChangeJob::NewWriter() {
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<table::TaskWriter> writer, job_->NewWriter());
  return RowChangeWriter::Make(shape_.get(), this, std::move(writer), context_);
}

void RowChangeJob::AddMatched(Positions positions) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [file, list] : positions) {
    matched_[file].push_back(std::move(list));
  }
}

bool RowChangeJob::FirstCopy(const std::string& file, int64_t position) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return copied_.emplace(file, position).second;
}

Status RowChangeJob::CheckMatches() {
  for (auto& [file, lists] : matched_) {
    std::vector<int64_t> all = std::move(lists[0]);
    for (size_t i = 1; i < lists.size(); ++i) {
      all.insert(all.end(), lists[i].begin(), lists[i].end());
    }
    std::sort(all.begin(), all.end());
    if (std::adjacent_find(all.begin(), all.end()) != all.end()) {
      return CardinalityViolation();
    }
  }
  return Status::OK();
}

Status RowChangeJob::Commit(std::vector<std::unique_ptr<table::WriteResult>> results) {
  ARROW_RETURN_NOT_OK(CheckMatches());
  return job_->Commit(std::move(results));
}

Result<std::unique_ptr<table::TaskWriter>> DistinctTextJob::NewWriter() {
  return std::make_unique<DistinctTextWriter>(this);
}

}  // namespace emery::session
