#include "io/object_store.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "io/io_errors_internal.h"
#include "io/scheme_folders.h"
#include "io/stores_internal.h"

namespace emery::io {

namespace {

/// The scheme of "scheme:/…", lower case; empty for a plain path.
std::string SchemeOf(std::string_view path) {
  const size_t colon = path.find(':');
  if (colon == std::string_view::npos || colon < 2 ||
      path.substr(0, colon).find('/') != path.npos || colon + 1 >= path.size() ||
      path[colon + 1] != '/') {
    return "";
  }
  std::string scheme(path.substr(0, colon));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return scheme;
}

/// "//a///b/" as "/a/b" (the root stays "/").
std::string CleanPath(std::string_view path) {
  std::string clean;
  for (char c : path) {
    if (c != '/' || clean.empty() || clean.back() != '/') {
      clean += c;
    }
  }
  while (clean.size() > 1 && clean.back() == '/') {
    clean.pop_back();
  }
  return clean;
}

bool HasPattern(std::string_view text) {
  return text.find_first_of("*?[{") != std::string_view::npos;
}

/// "a{b,c}d" as "abd", "acd"; nested braces too.
void ExpandBraces(const std::string& pattern, std::vector<std::string>* out) {
  const size_t open = pattern.find('{');
  if (open == std::string::npos) {
    out->push_back(pattern);
    return;
  }
  int depth = 0;
  size_t start = open + 1;
  std::vector<std::string> choices;
  size_t close = std::string::npos;
  for (size_t i = open; i < pattern.size(); ++i) {
    if (pattern[i] == '{') {
      ++depth;
    } else if (pattern[i] == '}' && --depth == 0) {
      choices.push_back(pattern.substr(start, i - start));
      close = i;
      break;
    } else if (pattern[i] == ',' && depth == 1) {
      choices.push_back(pattern.substr(start, i - start));
      start = i + 1;
    }
  }
  if (close == std::string::npos) {
    out->push_back(pattern);  // no closing brace: taken as it is
    return;
  }
  constexpr size_t kExpansionsMax = 10000;
  for (const std::string& choice : choices) {
    if (out->size() >= kExpansionsMax) {
      return;
    }
    ExpandBraces(pattern.substr(0, open) + choice + pattern.substr(close + 1), out);
  }
}

/// One path component against a pattern with * ? [abc] [a-z] [^a] and backslash escapes.
bool Matches(std::string_view pattern, std::string_view name) {
  size_t p = 0;
  size_t n = 0;
  size_t star = std::string_view::npos;
  size_t star_name = 0;
  while (n < name.size()) {
    bool matched = false;
    size_t next = p + 1;
    if (p < pattern.size()) {
      const char c = pattern[p];
      if (c == '*') {
        star = p++;
        star_name = n;
        continue;
      }
      if (c == '?') {
        matched = true;
      } else if (c == '[') {
        const size_t close = pattern.find(']', p + 2);
        if (close == std::string_view::npos) {
          matched = name[n] == '[';
        } else {
          size_t i = p + 1;
          const bool negated = pattern[i] == '^' || pattern[i] == '!';
          i += negated;
          for (; i < close; ++i) {
            if (i + 2 < close && pattern[i + 1] == '-') {
              matched |= name[n] >= pattern[i] && name[n] <= pattern[i + 2];
              i += 2;
            } else {
              matched |= name[n] == pattern[i];
            }
          }
          matched = matched != negated;
          next = close + 1;
        }
      } else if (c == '\\' && p + 1 < pattern.size()) {
        matched = name[n] == pattern[p + 1];
        next = p + 2;
      } else {
        matched = c == name[n];
      }
    }
    if (matched) {
      p = next;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

Status GlobInto(ObjectStore* store, const std::string& base, std::string_view rest,
                std::vector<ObjectInfo>* out) {
  // `base` holds no pattern; `rest` is the components behind it.
  if (rest.empty()) {
    Result<ObjectInfo> info = store->Stat(base);
    if (info.ok()) {
      out->push_back(*std::move(info));
    } else if (!IsNotFound(info.status())) {
      return info.status();
    }
    return Status::OK();
  }
  const size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  const std::string_view below = slash == rest.npos ? "" : rest.substr(slash + 1);
  const std::string prefix = base == "/" ? "/" : base + "/";
  if (!HasPattern(part)) {
    return GlobInto(store, prefix + std::string(part), below, out);
  }
  Result<std::vector<ObjectInfo>> entries = store->List(base, false);
  if (!entries.ok()) {
    return IsNotFound(entries.status()) ? Status::OK() : entries.status();
  }
  for (ObjectInfo& entry : *entries) {
    std::string_view name = entry.path;
    const bool folder = name.ends_with('/');
    if (folder) {
      name.remove_suffix(1);
    }
    name.remove_prefix(name.find_last_of('/') + 1);
    if (!Matches(part, name)) {
      continue;
    }
    if (below.empty()) {
      out->push_back(std::move(entry));
    } else if (folder) {
      ARROW_RETURN_NOT_OK(GlobInto(store, prefix + std::string(name), below, out));
    }
  }
  return Status::OK();
}

}  // namespace

namespace {

// Filled by configuration, which may come at any time.
std::mutex mapped_mutex;  // guards mapped_folders

std::map<std::string, std::string>& MappedFolders() {
  static auto* folders = new std::map<std::string, std::string>();
  return *folders;
}

std::optional<std::string> MappedFolder(const std::string& scheme) {
  const std::lock_guard<std::mutex> lock(mapped_mutex);
  const auto found = MappedFolders().find(scheme);
  return found == MappedFolders().end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

void MapSchemeToFolder(const std::string& scheme, const std::string& folder) {
  const std::lock_guard<std::mutex> lock(mapped_mutex);
  MappedFolders()[scheme] = folder;
}

Result<std::shared_ptr<ObjectStore>> StoreFor(std::string* path) {
  const std::string scheme = SchemeOf(*path);
  if (scheme == "file") {
    std::string rest = path->substr(5);
    if (rest.starts_with("//") && !rest.starts_with("///")) {
      // file://host/path: only this machine's files exist here.
      const size_t slash = rest.find('/', 2);
      const std::string host = rest.substr(2, slash == rest.npos ? rest.npos : slash - 2);
      if (host != "localhost") {
        return base::Unsupported("files of another host: " + *path);
      }
      rest = slash == rest.npos ? "/" : rest.substr(slash);
    }
    *path = CleanPath(rest);
    return LocalStore();
  }
  if (scheme == "memory") {
    *path = CleanPath(path->substr(7));
    return MemoryStore();
  }
  if (const auto folder = MappedFolder(scheme)) {
    const size_t rest = path->find_first_not_of('/', scheme.size() + 1);
    *path = CleanPath(*folder + "/" + (rest == path->npos ? "" : path->substr(rest)));
    return LocalStore();
  }
  if (!scheme.empty()) {
    return base::Unsupported("storage scheme \"" + scheme + "\" of path " + *path);
  }
  if (!path->starts_with('/')) {
    char folder[4096];
    if (::getcwd(folder, sizeof(folder)) == nullptr) {
      return StorageError("PATH_NOT_FOUND", "The working directory does not exist.", {});
    }
    *path = std::string(folder) + "/" + (path->starts_with("./") ? path->substr(2) : *path);
  }
  *path = CleanPath(*path);
  return LocalStore();
}

Result<std::vector<ObjectInfo>> Glob(const std::string& pattern) {
  std::string path = pattern;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<ObjectStore> store, StoreFor(&path));
  std::vector<ObjectInfo> found;
  // A file may bear a name that looks like a pattern.
  Result<ObjectInfo> exact = store->Stat(path);
  if (exact.ok()) {
    found.push_back(*std::move(exact));
  } else if (!IsNotFound(exact.status())) {
    return exact.status();
  } else if (HasPattern(path)) {
    std::vector<std::string> expanded;
    ExpandBraces(path, &expanded);
    for (const std::string& one : expanded) {
      ARROW_RETURN_NOT_OK(GlobInto(store.get(), "/", std::string_view(one).substr(1), &found));
    }
    const auto before = [](const ObjectInfo& a, const ObjectInfo& b) { return a.path < b.path; };
    std::sort(found.begin(), found.end(), before);
    found.erase(std::unique(found.begin(), found.end(),
                            [](const auto& a, const auto& b) { return a.path == b.path; }),
                found.end());
  }
  if (store == MemoryStore()) {
    for (ObjectInfo& info : found) {
      info.path = "memory:" + info.path;
    }
  }
  return found;
}

}  // namespace emery::io
