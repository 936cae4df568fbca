#pragma once

#include <memory>

#include "base/cancellation.h"

namespace emery::cli {

/// Ctrl-C for the statement that runs: the handler sets its token. A second Ctrl-C before it has
/// ended leaves the program. While none runs, Ctrl-C is remembered for the shell.
class Interrupts {
 public:
  /// Takes over SIGINT. `exit_when_idle`: without a running statement the program ends, as it would
  /// without us.
  static void Install(bool exit_when_idle);
  /// Whether Ctrl-C was pressed since the last call.
  static bool Take();
  static bool Pending();  // the same, and it stays so

  /// While it lives, Ctrl-C cancels `token`.
  class Scope {
   public:
    explicit Scope(std::shared_ptr<base::CancellationToken> token);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    std::shared_ptr<base::CancellationToken> token_;
  };
};

}  // namespace emery::cli
