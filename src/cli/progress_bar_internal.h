#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "session/events.h"

namespace emery::cli {

/// One line at the bottom of the terminal (stderr) about a query that has run for half a second:
/// share of its tasks done, rows, bytes, spill, the running operator. Thread-safe.
class ProgressBar final : public session::Listener {
 public:
  ~ProgressBar() override;
  void OnStarted(const session::QueryStarted& event) override;
  void OnProgress(const session::QueryProgress& event) override;
  void OnEnded(const session::QueryEnded& event) override;

  bool wants_progress() const override { return true; }

  /// Takes the line away and keeps it away until the next statement: rows follow.
  void Hide();

 private:
  void ClearLine();

  std::mutex mutex_;  // guards all below, and the terminal's last line
  bool visible_ = false;
  bool hidden_ = false;
};

/// Columns of the terminal behind `fd`; 0 where it is none.
int TerminalWidth(int fd);
/// 1234567 to "1,234,567".
std::string Grouped(int64_t number);

}  // namespace emery::cli
