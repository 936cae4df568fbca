#include "session/state.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace emery::session {

SessionState::SessionState(base::Config initial)
    : config(initial),
      initial_config(std::move(initial)),
      catalogs([this] { return ConfigSnapshot(); }) {}

base::Config SessionState::ConfigSnapshot() const {
  std::lock_guard<std::mutex> lock(mutex);
  return config;
}

std::shared_ptr<const TemporaryView> SessionState::FindTemporaryView(
    const std::string& name) const {
  std::lock_guard<std::mutex> lock(mutex);
  const auto found = temporary_views.find(LowerCase(name));
  return found == temporary_views.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Listener>> SessionState::ListenersNow() const {
  std::lock_guard<std::mutex> lock(mutex);
  return listeners;
}

GlobalTemporaryViews& GlobalTemporaryViews::Instance() {
  static auto* views = new GlobalTemporaryViews();
  return *views;
}

std::shared_ptr<const TemporaryView> GlobalTemporaryViews::Find(const std::string& name) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = views_.find(LowerCase(name));
  return found == views_.end() ? nullptr : found->second;
}

bool GlobalTemporaryViews::Put(const std::string& name, std::shared_ptr<const TemporaryView> view,
                               bool replace) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!replace && views_.contains(LowerCase(name))) {
    return false;
  }
  views_[LowerCase(name)] = std::move(view);
  return true;
}

bool GlobalTemporaryViews::Drop(const std::string& name) {
  std::lock_guard<std::mutex> lock(mutex_);
  return views_.erase(LowerCase(name)) > 0;
}

std::vector<std::string> GlobalTemporaryViews::Names() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, view] : views_) {
    names.push_back(name);
  }
  return names;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

}  // namespace emery::session
