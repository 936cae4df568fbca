#include "execution/builder.h"

namespace emery::execution {

Status BuildWindow(Builder&, const physical::Window&, const Chain&) {
  return base::Unsupported("window functions");
}

}  // namespace emery::execution
