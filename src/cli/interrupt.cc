#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <utility>

#include "cli/interrupt_internal.h"

namespace emery::cli {

namespace {

constexpr int kInterruptedExit = 130;

std::atomic<base::CancellationToken*> running_token{nullptr};
std::atomic<bool> interrupted{false};
std::atomic<bool> exits_when_idle{false};

extern "C" void OnInterrupt(int /*signal*/) {
  base::CancellationToken* token = running_token.load();
  if (token != nullptr) {
    if (token->canceled()) {
      ::_exit(kInterruptedExit);
    }
    token->Cancel();
    return;
  }
  if (exits_when_idle.load()) {
    ::_exit(kInterruptedExit);
  }
  interrupted.store(true);
}

}  // namespace

void Interrupts::Install(bool exit_when_idle) {
  exits_when_idle.store(exit_when_idle);
  struct sigaction action{};
  action.sa_handler = OnInterrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // reads are interrupted, so that the shell hears of it
  ::sigaction(SIGINT, &action, nullptr);
}

bool Interrupts::Pending() {
  return interrupted.load();
}

bool Interrupts::Take() {
  return interrupted.exchange(false);
}

Interrupts::Scope::Scope(std::shared_ptr<base::CancellationToken> token)
    : token_(std::move(token)) {
  running_token.store(token_.get());
}

Interrupts::Scope::~Scope() {
  running_token.store(nullptr);
}

}  // namespace emery::cli
