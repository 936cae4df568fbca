#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyzer/analyzer.h"
#include "session/state.h"

namespace emery::session {

/// Names of one statement to relations: temporary views, cached rows, catalogs' tables and views,
/// files by path. What it found is remembered, so that a statement sees one snapshot of a table
/// however often it names it. Confined to one thread.
class RelationFinder final : public analyzer::RelationResolver {
 public:
  RelationFinder(SessionState* state, std::shared_ptr<const base::Config> config)
      : state_(state), config_(std::move(config)) {}

  Result<analyzer::FoundRelation> FindRelation(const analyzer::RelationRequest& request) override;

  /// Off for what must see the sources themselves (filling the cache).
  void set_use_cache(bool use) { use_cache_ = use; }

  /// Full names, lower case and dotted, of tables read so far, with their identities.
  const std::map<std::string, std::string>& tables_read() const { return tables_read_; }

  /// Temporary views used so far.
  const std::vector<std::string>& temporary_views_used() const { return temporary_views_used_; }

  /// Stored views used so far: full names.
  const std::vector<std::vector<std::string>>& views_used() const { return views_used_; }

 private:
  Result<analyzer::FoundRelation> FindInCatalogs(const analyzer::RelationRequest& request);
  /// A metadata table, branch, tag or snapshot that the last part names of the table that the parts
  /// before it name; null: there is none.
  Result<std::shared_ptr<const table::Table>> FindSelected(
      const analyzer::RelationRequest& request);
  Result<analyzer::FoundRelation> FindFiles(const analyzer::RelationRequest& request,
                                            const Status& otherwise);
  analyzer::FoundRelation OfTemporaryView(const std::string& name, const TemporaryView& view) const;
  std::shared_ptr<const table::Table> CachedFor(const std::string& key);

  SessionState* state_;
  std::shared_ptr<const base::Config> config_;
  bool use_cache_ = true;
  std::map<std::string, std::shared_ptr<const table::Table>> tables_;
  std::map<std::string, std::string> tables_read_;
  std::vector<std::string> temporary_views_used_;
  std::vector<std::vector<std::string>> views_used_;
};

/// A name's key for looking things up: lower case, back-quoted and dotted.
std::string NameKey(const std::vector<std::string>& name);

}  // namespace emery::session
