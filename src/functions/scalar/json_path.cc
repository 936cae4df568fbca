// get_json_object, json_tuple, json_array_length, json_object_keys.

#include <optional>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/json_document.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using columnar::VectorBuilder;
using std::string_view;
using type::TypePtr;
using Node = JsonDocument::Node;
using Kind = JsonDocument::Kind;

// ---- paths
// ------------------------------------------------------------------------------------------------------------------------

struct Step {
  enum class Type { kName, kIndex, kAll, kAnyMember } type;
  std::string name;
  int64_t index = 0;
};

/// $.name['name'][1][*]; none for a malformed path.
std::optional<std::vector<Step>> ParsePath(string_view path) {
  if (path.empty() || path[0] != '$') {
    return std::nullopt;
  }
  std::vector<Step> steps;
  for (size_t i = 1; i < path.size();) {
    if (path[i] == '.') {
      if (path.substr(i, 2) == ".*") {
        steps.push_back({Step::Type::kAnyMember, {}, 0});
        i += 2;
        continue;
      }
      size_t end = i + 1;
      while (end < path.size() && path[end] != '.' && path[end] != '[') {
        ++end;
      }
      if (end == i + 1) {
        return std::nullopt;
      }
      steps.push_back({Step::Type::kName, std::string(path.substr(i + 1, end - i - 1)), 0});
      i = end;
    } else if (path[i] == '[') {
      if (i + 1 < path.size() && path[i + 1] == '\'') {
        const size_t end = path.find('\'', i + 2);
        if (end == string_view::npos || end == i + 2 || end + 1 >= path.size() ||
            path[end + 1] != ']') {
          return std::nullopt;
        }
        const std::string name(path.substr(i + 2, end - i - 2));
        steps.push_back({name == "*" ? Step::Type::kAnyMember : Step::Type::kName, name, 0});
        i = end + 2;
        continue;
      }
      const size_t end = path.find(']', i);
      if (end == string_view::npos) {
        return std::nullopt;
      }
      const string_view inner = path.substr(i + 1, end - i - 1);
      if (inner == "*") {
        steps.push_back({Step::Type::kAll, {}, 0});
      } else {
        if (inner.empty() || inner.find_first_not_of("0123456789") != string_view::npos ||
            inner.size() > 10) {
          return std::nullopt;
        }
        steps.push_back({Step::Type::kIndex, {}, std::stoll(std::string(inner))});
      }
      i = end + 1;
    } else {
      return std::nullopt;
    }
  }
  return steps;
}

enum class Style { kRaw, kQuoted, kFlatten };

/// Hive's semantics as Spark keeps them: what is written, and whether anything was. Inside arrays
/// strings are quoted; a [*] that finds one value only gives that value without brackets. `out` is
/// a comma-separated list while inside an array.
class PathEvaluator {
 public:
  PathEvaluator(const JsonDocument& document, const std::vector<Step>& steps)
      : document_(document), steps_(steps) {}

  bool Run(const Node& n, size_t step, Style style, std::string* out) const {
    if (step == steps_.size()) {
      if (n.kind == Kind::kString && style == Style::kRaw) {
        Separate(out);
        out->append(document_.text(n));
        return true;
      }
      if (n.kind == Kind::kArray && style == Style::kFlatten) {
        bool dirty = false;
        for (int32_t i = n.first_child; i >= 0; i = document_.node(i).next) {
          dirty |= Run(document_.node(i), step, style, out);
        }
        return dirty;
      }
      Separate(out);
      document_.Write(n, out);
      return true;
    }
    const Step& s = steps_[step];
    if (s.type == Step::Type::kName) {
      if (n.kind != Kind::kObject) {
        return false;
      }
      for (int32_t i = n.first_child; i >= 0; i = document_.node(i).next) {
        const Node& child = document_.node(i);
        if (document_.key(child) == s.name && child.kind != Kind::kNull &&
            Run(child, step + 1, style, out)) {
          return true;
        }
      }
      return false;
    }
    if (n.kind != Kind::kArray) {
      return false;
    }
    if (s.type == Step::Type::kIndex) {
      int64_t index = s.index;
      const bool before_all = step + 1 < steps_.size() && steps_[step + 1].type == Step::Type::kAll;
      for (int32_t i = n.first_child; i >= 0; i = document_.node(i).next) {
        if (index-- == 0) {
          return Run(document_.node(i), step + 1, before_all ? Style::kQuoted : style, out);
        }
      }
      return false;
    }
    if (s.type != Step::Type::kAll) {
      return false;
    }
    if (step + 1 < steps_.size() && steps_[step + 1].type == Step::Type::kAll) {
      // Two in a row flatten.
      std::string inner;
      bool dirty = false;
      for (int32_t i = n.first_child; i >= 0; i = document_.node(i).next) {
        dirty |= Run(document_.node(i), step + 2, Style::kFlatten, &inner);
      }
      Separate(out);
      out->append("[" + inner + "]");
      return dirty;
    }
    std::string inner;
    int dirty = 0;
    const Style next = style == Style::kFlatten ? Style::kFlatten : Style::kQuoted;
    for (int32_t i = n.first_child; i >= 0; i = document_.node(i).next) {
      dirty += Run(document_.node(i), step + 1, next, &inner) ? 1 : 0;
    }
    if (style == Style::kQuoted) {
      Separate(out);
      out->append("[" + inner + "]");
      return dirty > 0;
    }
    if (dirty > 1) {
      Separate(out);
      out->append("[" + inner + "]");
    } else if (dirty == 1) {
      Separate(out);
      out->append(inner);
    }
    return dirty > 0;
  }

 private:
  static void Separate(std::string* out) {
    if (!out->empty()) {
      out->push_back(',');
    }
  }

  const JsonDocument& document_;
  const std::vector<Step>& steps_;
};

Result<VectorPtr> GetJsonObject(const KernelArguments& a) {
  JsonDocument document;
  std::string last;
  bool have = false;
  std::optional<std::vector<Step>> steps;
  return Map(a, [&](string_view json, string_view path, StringWriter& out) -> bool {
    if (!have || path != last) {
      have = true;
      last = path;
      steps = ParsePath(path);
    }
    if (!steps.has_value() || document.Parse(json) != JsonDocument::Outcome::kValue) {
      return false;
    }
    return PathEvaluator(document, *steps).Run(document.root(), 0, Style::kRaw, &out.buffer());
  });
}

// Unlike most functions of strings it takes nothing but strings.
Result<BoundScalar> BindGetJsonObject(const BindInput& input) {
  for (int i = 0; i < 2; ++i) {
    if (!input.types[i]->is_string() && !input.types[i]->is_null()) {
      return UnexpectedType(input, i, "\"STRING\"");
    }
  }
  return MakeBound({type::String(), type::String()}, type::String(), GetJsonObject,
                   {.nullable = true});
}

bool ArrayLength(JsonDocument& document, string_view json, int32_t* length) {
  if (document.Parse(json) != JsonDocument::Outcome::kValue ||
      document.root().kind != Kind::kArray) {
    return false;
  }
  *length = 0;
  for (int32_t i = document.root().first_child; i >= 0; i = document.node(i).next) {
    ++*length;
  }
  return true;
}

Result<VectorPtr> ObjectKeys(const KernelArguments& a) {
  const auto out = VectorBuilder::Make(a.return_type);
  const VectorReader<StringView> json(*a.arguments[0]);
  JsonDocument document;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (json.IsNull(i) || document.Parse(json[i].view()) != JsonDocument::Outcome::kValue ||
        document.root().kind != Kind::kObject) {
      out->AppendNull();
      continue;
    }
    for (int32_t k = document.root().first_child; k >= 0; k = document.node(k).next) {
      out->child(0).AppendString(document.key(document.node(k)));
    }
    out->AppendNested();
  }
  return out->Finish();
}

// json_tuple(json, name, …): one row for each input row; nulls where the text is no object.
Result<BoundGenerator> BindJsonTuple(const BindInput& input) {
  BoundGenerator bound;
  for (size_t i = 0; i < input.types.size(); ++i) {
    if (!input.types[i]->is_string() && !input.types[i]->is_null()) {
      return base::UserError("DATATYPE_MISMATCH.NON_STRING_TYPE",
                             "Cannot resolve \"json_tuple\" due to data type mismatch: all "
                             "arguments of the function `json_tuple` must "
                             "be strings.",
                             {{"funcName", "`json_tuple`"}});
    }
    bound.argument_types.push_back(type::String());
    if (i > 0) {
      bound.output.push_back({.name = "c" + std::to_string(i - 1), .type = type::String()});
    }
  }
  bound.kernel = [](const KernelArguments& a) -> Result<BoundGenerator::Result_> {
    const VectorReader<StringView> json(*a.arguments[0]);
    std::vector<VectorReader<StringView>> names;
    std::vector<columnar::FlatWriter> columns;
    for (size_t k = 1; k < a.arguments.size(); ++k) {
      names.emplace_back(*a.arguments[k]);
      columns.emplace_back(type::String(), a.num_rows);
    }
    BoundGenerator::Result_ result;
    JsonDocument document;
    std::string text;
    for (int64_t i = 0; i < a.num_rows; ++i) {
      result.row_of.push_back(static_cast<int32_t>(i));
      const bool object = !json.IsNull(i) &&
                          document.Parse(json[i].view()) == JsonDocument::Outcome::kValue &&
                          document.root().kind == Kind::kObject;
      for (size_t k = 0; k < names.size(); ++k) {
        const int32_t found =
            object && !names[k].IsNull(i) ? document.Find(document.root(), names[k][i].view()) : -1;
        if (found < 0 || document.node(found).kind == Kind::kNull) {
          columns[k].SetNull(i);
        } else if (document.node(found).kind == Kind::kString) {
          columns[k].SetString(i, document.text(document.node(found)));
        } else {
          text.clear();
          document.Write(document.node(found), &text);
          columns[k].SetString(i, text);
        }
      }
    }
    for (columnar::FlatWriter& column : columns) {
      result.columns.push_back(column.Finish(a.num_rows));
    }
    return result;
  };
  return bound;
}

const Registration kGetJsonObject(ScalarFunction{
    .name = "get_json_object",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindGetJsonObject,
    .description = "What a path finds in a JSON text.",
    .examples = {{"SELECT get_json_object('{\"a\":\"b\"}', '$.a')", "b"}},
    .since = "1.5.0"});
const Registration kArrayLength(ScalarFunction{
    .name = "json_array_length",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::Int(),
                      [](const KernelArguments& a) -> Result<VectorPtr> {
                        JsonDocument document;
                        return Map(a, [&](string_view json, int32_t& out) -> bool {
                          return ArrayLength(document, json, &out);
                        });
                      },
                      {.nullable = true}),
    .description = "The number of elements of a JSON array, null for other texts.",
    .examples = {{"SELECT json_array_length('[1,2,3,4]')", "4"}},
    .since = "3.1.0"});
const Registration kObjectKeys(ScalarFunction{
    .name = "json_object_keys",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::Array(type::String()), ObjectKeys,
                      {.nullable = true}),
    .description = "The names of a JSON object's members, null for other texts.",
    .examples = {{"SELECT json_object_keys('{\"f1\": 1, \"f2\": 2}')", "[f1, f2]"}},
    .since = "3.1.0"});
const Registration kJsonTuple(GeneratorFunction{
    .name = "json_tuple",
    .min_arguments = 2,
    .max_arguments = -1,
    .bind = BindJsonTuple,
    .description = "A column for each named member of a JSON object.",
    .examples = {{"SELECT json_tuple('{\"a\":1, \"b\":2}', 'a', 'b')", "1\t2"}},
    .since = "1.6.0"});

}  // namespace
}  // namespace emery::functions
