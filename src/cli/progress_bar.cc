#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "cli/progress_bar_internal.h"
#include "cli/value_text_internal.h"

#include "session/byte_text.h"

namespace emery::cli {

namespace {

constexpr double kShowAfterSeconds = 0.5;
constexpr int kBarWidth = 20;
constexpr int kDefaultWidth = 80;

}  // namespace

int TerminalWidth(int fd) {
  if (::isatty(fd) == 0) {
    return 0;
  }
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return kDefaultWidth;
}

std::string Grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

ProgressBar::~ProgressBar() {
  Hide();
}

void ProgressBar::ClearLine() {
  if (visible_) {
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    visible_ = false;
  }
}

void ProgressBar::Hide() {
  std::lock_guard<std::mutex> lock(mutex_);
  hidden_ = true;
  ClearLine();
}

void ProgressBar::OnStarted(const session::QueryStarted& /*event*/) {
  std::lock_guard<std::mutex> lock(mutex_);
  hidden_ = false;
}

void ProgressBar::OnEnded(const session::QueryEnded& /*event*/) {
  std::lock_guard<std::mutex> lock(mutex_);
  ClearLine();
}

void ProgressBar::OnProgress(const session::QueryProgress& event) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (hidden_ || event.seconds < kShowAfterSeconds) {
    return;
  }
  const execution::Progress& progress = event.progress;
  double share = 0;
  if (progress.tasks_total > 0) {
    share = std::clamp(
        static_cast<double>(progress.tasks_done) / static_cast<double>(progress.tasks_total), 0.0,
        1.0);
  }
  const int filled = static_cast<int>(share * kBarWidth);
  std::string line = "[";
  line.append(static_cast<size_t>(filled), '=');
  line.append(filled < kBarWidth ? ">" : "");
  line.append(static_cast<size_t>(std::max(0, kBarWidth - filled - 1)), ' ');
  char text[64];
  std::snprintf(text, sizeof(text), "] %3.0f%%  %.1f s  ", share * 100, event.seconds);
  line += text;
  line += Grouped(progress.rows_scanned) + " rows, " + session::ByteText(progress.bytes_read);
  if (progress.spilled_bytes > 0) {
    line += ", spilled " + session::ByteText(progress.spilled_bytes);
  }
  if (!progress.running_operator.empty()) {
    line += "  " + progress.running_operator;
  }
  const int width = std::max(20, TerminalWidth(STDERR_FILENO) - 1);
  line.resize(BytesForWidth(line, width));
  std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
  std::fflush(stderr);
  visible_ = true;
}

}  // namespace emery::cli
