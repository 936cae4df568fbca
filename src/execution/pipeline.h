#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "execution/runtime.h"

/// Push pipelines on morsels (Leis et al., SIGMOD 2014): a source gives batches, operators
/// transform them one after another on the same thread, a sink takes them in. Source, operators and
/// sink are shared by all threads of a pipeline; what changes per thread lies in a LocalState,
/// which only its thread touches.
namespace emery::execution {

/// One thread's place in a running pipeline.
struct TaskContext {
  Runtime* runtime = nullptr;
  int thread = 0;      // 0-based in the pipeline
  int64_t morsel = 0;  // which piece of the source's rows is being worked on, in the source's order
};

struct LocalState {
  virtual ~LocalState() = default;
};

/// Where an operator puts its output: the rest of the pipeline.
class Output {
 public:
  /// Takes a batch of any size; empty ones are dropped.
  virtual Status Emit(columnar::Batch batch) = 0;

 protected:
  ~Output() = default;
};

class Source {
 public:
  explicit Source(OperatorStatistics* statistics) : statistics_(statistics) {}

  virtual ~Source() = default;

  enum class Step { kBatch, kMorselEnd, kEnd };

  /// Called once, when all pipelines that this one waits for have ended, before any other call.
  virtual Status Open(Runtime& runtime);

  /// How many threads can be of use.
  virtual int MaxThreads() const { return 1; }

  virtual Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context);
  /// Gives the next batch of this thread's current morsel, taking a new morsel where there is none.
  /// A morsel gets its number (contiguous from 0 in the order of the rows, claimed in ascending
  /// order) in `context` and ends with kMorselEnd, be it empty or not.
  virtual Result<Step> Next(TaskContext& context, LocalState* local, columnar::Batch* batch) = 0;

  OperatorStatistics* statistics() const { return statistics_; }

 private:
  OperatorStatistics* statistics_;
};

class Operator {
 public:
  explicit Operator(OperatorStatistics* statistics) : statistics_(statistics) {}

  virtual ~Operator() = default;

  /// Called once per pipeline before any other call.
  virtual Status Open(Runtime& runtime);
  virtual Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context);
  virtual Status Push(TaskContext& context, columnar::Batch batch, LocalState* local,
                      Output& output) = 0;
  /// Emits what is held back. Called at the end of each morsel.
  virtual Status Flush(TaskContext& context, LocalState* local, Output& output);

  OperatorStatistics* statistics() const { return statistics_; }

 private:
  OperatorStatistics* statistics_;
};

class Sink {
 public:
  explicit Sink(OperatorStatistics* statistics) : statistics_(statistics) {}

  virtual ~Sink() = default;

  virtual Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context);
  virtual Status Push(TaskContext& context, columnar::Batch batch, LocalState* local) = 0;
  virtual Status FinishMorsel(TaskContext& context, LocalState* local);
  /// Hands over one thread's state at the end of a pipeline. May run on several threads at once.
  virtual Status Combine(TaskContext& context, LocalState* local);
  /// After each of the pipelines that feed this sink, with how many morsels it had.
  virtual void EndPipeline(int64_t num_morsels);
  /// Once, when all pipelines that feed this sink have ended. May use all threads through the
  /// runtime.
  virtual Status Finalize(Runtime& runtime);

  /// No more input is wanted: sources stop. Asked once a batch.
  virtual bool Done() const { return false; }

  virtual int MaxThreads() const { return 1 << 16; }

  OperatorStatistics* statistics() const { return statistics_; }

  /// How many pipelines feed this sink and have not ended; kept by the builder and the executor.
  int open_pipelines = 0;

 private:
  OperatorStatistics* statistics_;
};

/// Operators and sink: what a source's batches go through.
struct Chain {
  std::vector<std::shared_ptr<Operator>> operators;
  std::shared_ptr<Sink> sink;

  Chain Prepend(std::shared_ptr<Operator> first) const {
    Chain chain;
    chain.operators.reserve(operators.size() + 1);
    chain.operators.push_back(std::move(first));
    chain.operators.insert(chain.operators.end(), operators.begin(), operators.end());
    chain.sink = sink;
    return chain;
  }
};

struct Pipeline {
  std::shared_ptr<Source> source;
  Chain chain;
  /// The source is not read where one of these holds when the pipeline's turn comes (an inner join
  /// without build rows).
  std::vector<std::function<bool()>> skip_if;
};

/// Runs pipelines one after another, each on as many threads as it can use. Pipelines come in an
/// order in which each one's inputs are complete when it starts. Returns the first error.
Status RunPipelines(Runtime& runtime, const std::vector<Pipeline>& pipelines);

}  // namespace emery::execution
