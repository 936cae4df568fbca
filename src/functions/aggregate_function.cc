#include "functions/aggregate_function.h"

#include "base/error.h"

namespace emery::functions {

Status BoundAggregate::Remove(void* /*state*/, const std::vector<VectorPtr>& /*arguments*/,
                              int64_t /*num_rows*/) const {
  return base::InternalError("an aggregate that can't remove rows was asked to");
}

void BoundAggregate::Destroy(void* /*state*/) const {}

int64_t BoundAggregate::OwnedBytes(const void* /*state*/) const {
  return 0;
}

}  // namespace emery::functions
