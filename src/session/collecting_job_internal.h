#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "table/table.h"

namespace emery::session {

/// Stands before a table's write job and keeps what its writers did, so that the session commits
/// once all rows are there. The engine sees a job whose commit does nothing.
class CollectingJob final : public table::WriteJob {
 public:
  explicit CollectingJob(std::shared_ptr<table::WriteJob> job) : job_(std::move(job)) {}

  Result<std::unique_ptr<table::TaskWriter>> NewWriter() override {
    ARROW_ASSIGN_OR_RAISE(std::unique_ptr<table::TaskWriter> writer, job_->NewWriter());
    return std::make_unique<Writer>(this, std::move(writer));
  }

  Status Commit(std::vector<std::unique_ptr<table::WriteResult>> /*results*/) override {
    return Status::OK();
  }

  Status Abort() override { return Status::OK(); }

  std::vector<int> clustering() const override { return job_->clustering(); }

  Status CommitCollected() {
    std::lock_guard<std::mutex> lock(mutex_);
    return job_->Commit(std::move(results_));
  }

 private:
  class Writer final : public table::TaskWriter {
   public:
    Writer(CollectingJob* owner, std::unique_ptr<table::TaskWriter> writer)
        : owner_(owner), writer_(std::move(writer)) {}

    Status Write(const columnar::Batch& batch) override { return writer_->Write(batch); }

    Result<std::unique_ptr<table::WriteResult>> Finish() override {
      ARROW_ASSIGN_OR_RAISE(std::unique_ptr<table::WriteResult> result, writer_->Finish());
      auto copy = std::make_unique<table::WriteResult>();
      copy->num_rows = result->num_rows;
      copy->num_bytes = result->num_bytes;
      std::lock_guard<std::mutex> lock(owner_->mutex_);
      owner_->results_.push_back(std::move(result));
      return copy;
    }

   private:
    CollectingJob* owner_;
    std::unique_ptr<table::TaskWriter> writer_;
  };

  std::shared_ptr<table::WriteJob> job_;
  std::mutex mutex_;  // guards results_
  std::vector<std::unique_ptr<table::WriteResult>> results_;
};

}  // namespace emery::session
