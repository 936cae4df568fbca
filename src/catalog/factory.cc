#include "catalog/factory.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace emery::catalog {

namespace {

template <class Maker>
using Makers = std::map<std::string, Maker, std::less<>>;

// Functions rather than globals: registrations of other files may run first.
Makers<CatalogMaker>& CatalogMakers() {
  static auto* makers = new Makers<CatalogMaker>();
  return *makers;
}

Makers<PathTableMaker>& PathTableMakers() {
  static auto* makers = new Makers<PathTableMaker>();
  return *makers;
}

}  // namespace

CatalogRegistration::CatalogRegistration(std::string class_name, CatalogMaker maker) {
  CatalogMakers().emplace(std::move(class_name), std::move(maker));
}

const CatalogMaker* FindCatalogMaker(std::string_view class_name) {
  const auto found = CatalogMakers().find(class_name);
  return found == CatalogMakers().end() ? nullptr : &found->second;
}

PathTableRegistration::PathTableRegistration(std::string format, PathTableMaker maker) {
  PathTableMakers().emplace(std::move(format), std::move(maker));
}

const PathTableMaker* FindPathTableMaker(std::string_view format) {
  const auto found = PathTableMakers().find(format);
  return found == PathTableMakers().end() ? nullptr : &found->second;
}

}  // namespace emery::catalog
