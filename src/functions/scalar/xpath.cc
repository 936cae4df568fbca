// xpath and its kin: XPath 1.0 over XML texts, by libxml2. The library brings ICU and 30 MB, so it
// is opened when the first of these functions is bound.

#include <dlfcn.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using columnar::VectorBuilder;
using std::string_view;
using type::TypeId;
using type::TypePtr;

/// The functions of libxml2 that are used.
struct Library {
  decltype(&xmlReadMemory) read_memory = nullptr;
  decltype(&xmlFreeDoc) free_document = nullptr;
  decltype(&xmlXPathCtxtCompile) compile = nullptr;
  decltype(&xmlXPathFreeCompExpr) free_compiled = nullptr;
  decltype(&xmlXPathNewContext) new_context = nullptr;
  decltype(&xmlXPathFreeContext) free_context = nullptr;
  decltype(&xmlXPathCompiledEval) evaluate = nullptr;
  decltype(&xmlXPathFreeObject) free_object = nullptr;
  decltype(&xmlXPathCastToString) to_string = nullptr;
  decltype(&xmlXPathCastToNumber) to_number = nullptr;
  decltype(&xmlXPathCastToBoolean) to_boolean = nullptr;
  decltype(&xmlNodeGetContent) content = nullptr;
  decltype(&xmlSetGenericErrorFunc) set_error_function = nullptr;
  decltype(&xmlSetStructuredErrorFunc) set_structured_error_function = nullptr;
  decltype(&xmlInitParser) init = nullptr;
  void (*release)(void*) = nullptr;
  bool complete = false;
};

void IgnoreError(void* /*context*/, const char* /*format*/, ...) {}

Library OpenLibrary() {
  Library library;
  void* handle = dlopen("libxml2.so.2", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return library;
  }
  bool complete = true;
  const auto find = [&](const char* name, auto* place) {
    *place = reinterpret_cast<std::remove_reference_t<decltype(*place)>>(dlsym(handle, name));
    complete = complete && *place != nullptr;
  };
  find("xmlReadMemory", &library.read_memory);
  find("xmlFreeDoc", &library.free_document);
  find("xmlXPathCtxtCompile", &library.compile);
  find("xmlXPathFreeCompExpr", &library.free_compiled);
  find("xmlXPathNewContext", &library.new_context);
  find("xmlXPathFreeContext", &library.free_context);
  find("xmlXPathCompiledEval", &library.evaluate);
  find("xmlXPathFreeObject", &library.free_object);
  find("xmlXPathCastToString", &library.to_string);
  find("xmlXPathCastToNumber", &library.to_number);
  find("xmlXPathCastToBoolean", &library.to_boolean);
  find("xmlNodeGetContent", &library.content);
  find("xmlSetGenericErrorFunc", &library.set_error_function);
  find("xmlSetStructuredErrorFunc", &library.set_structured_error_function);
  find("xmlInitParser", &library.init);
  // xmlFree is a variable that holds a function.
  auto** release = static_cast<xmlFreeFunc*>(dlsym(handle, "xmlFree"));
  complete = complete && release != nullptr;
  library.complete = complete;
  if (complete) {
    library.release = *release;
    library.init();
  }
  return library;
}

const Library& Xml() {
  static const Library library = OpenLibrary();
  return library;
}

struct FreeDocument {
  void operator()(xmlDoc* document) const { Xml().free_document(document); }
};

struct FreeCompiled {
  void operator()(xmlXPathCompExpr* compiled) const { Xml().free_compiled(compiled); }
};

struct FreeContext {
  void operator()(xmlXPathContext* context) const { Xml().free_context(context); }
};

struct FreeObject {
  void operator()(xmlXPathObject* object) const { Xml().free_object(object); }
};

struct FreeText {
  void operator()(xmlChar* text) const { Xml().release(text); }
};

using Document = std::unique_ptr<xmlDoc, FreeDocument>;
using Compiled = std::unique_ptr<xmlXPathCompExpr, FreeCompiled>;
using XPathContext = std::unique_ptr<xmlXPathContext, FreeContext>;
using Object = std::unique_ptr<xmlXPathObject, FreeObject>;
using Text = std::unique_ptr<xmlChar, FreeText>;

/// libxml2's settings are a thread's own; what it would print goes nowhere.
void Quiet() {
  thread_local bool done = false;
  if (!done) {
    Xml().set_error_function(nullptr, IgnoreError);
    done = true;
  }
}

string_view View(const xmlChar* text) {
  return text == nullptr ? string_view() : reinterpret_cast<const char*>(text);
}

Status BadXml(const std::string& function, string_view path, const char* what) {
  const std::string quoted = "'" + std::string(path) + "'";
  return base::UserError(
      "INVALID_XPATH",
      "The XPath " + quoted + " of `" + function + "` can't be evaluated: " + what + ".",
      {{"functionName", "`" + function + "`"}, {"xpath", quoted}});
}

/// Writes what a path leads to into a column.
using WriteResult = void (*)(const Object& found, VectorBuilder* out);

void WriteNodes(const Object& found, VectorBuilder* out) {
  const xmlNodeSet* nodes = found->nodesetval;
  for (int i = 0; nodes != nullptr && i < nodes->nodeNr; ++i) {
    xmlNode* node = nodes->nodeTab[i];
    switch (node->type) {
      case XML_ATTRIBUTE_NODE:
      case XML_TEXT_NODE:
      case XML_CDATA_SECTION_NODE:
      case XML_COMMENT_NODE:
      case XML_PI_NODE: {
        const Text text(Xml().content(node));
        out->child(0).AppendString(View(text.get()));
        break;
      }
      default:
        out->child(0).AppendNull();  // elements have no value of their own
    }
  }
  out->AppendNested();
}

void WriteText(const Object& found, VectorBuilder* out) {
  const Text text(Xml().to_string(found.get()));
  out->AppendString(View(text.get()));
}

void WriteBoolean(const Object& found, VectorBuilder* out) {
  out->AppendValue(type::Value::Bool(Xml().to_boolean(found.get()) != 0));
}

void WriteDouble(const Object& found, VectorBuilder* out) {
  out->AppendValue(type::Value::Double(Xml().to_number(found.get())));
}

void WriteFloat(const Object& found, VectorBuilder* out) {
  out->AppendValue(type::Value::Float(static_cast<float>(Xml().to_number(found.get()))));
}

/// As Java narrows doubles: NaN is 0, what is too large the largest.
template <class T>
T Narrow(double value) {
  if (std::isnan(value)) {
    return 0;
  }
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) {
    return std::numeric_limits<T>::max();
  }
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) {
    return std::numeric_limits<T>::min();
  }
  return static_cast<T>(value);
}

void WriteLong(const Object& found, VectorBuilder* out) {
  out->AppendValue(type::Value::Int(Narrow<int64_t>(Xml().to_number(found.get()))));
}

void WriteInt(const Object& found, VectorBuilder* out) {
  out->AppendValue(type::Value::Int(Narrow<int32_t>(Xml().to_number(found.get()))));
}

void WriteShort(const Object& found, VectorBuilder* out) {
  const auto number = Narrow<int32_t>(Xml().to_number(found.get()));
  out->AppendValue(type::Value::Int(static_cast<int16_t>(number)));
}

Result<VectorPtr> Evaluate(const KernelArguments& a, const std::string& function,
                           const std::string& path, WriteResult write) {
  Quiet();
  const auto out = VectorBuilder::Make(a.return_type);
  const VectorReader<StringView> texts(*a.arguments[0]);
  const VectorReader<StringView> paths(*a.arguments[1]);
  Compiled compiled;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (texts.IsNull(i) || paths.IsNull(i) || texts[i].size() == 0 || path.empty()) {
      out->AppendNull();
      continue;
    }
    if (compiled == nullptr) {
      const XPathContext context(Xml().new_context(nullptr));
      Xml().set_structured_error_function(nullptr, [](auto...) {});
      compiled.reset(Xml().compile(context.get(), reinterpret_cast<const xmlChar*>(path.c_str())));
      if (compiled == nullptr) {
        return BadXml(function, path, "it is no XPath expression");
      }
    }
    const string_view text = texts[i].view();
    const Document document(
        Xml().read_memory(text.data(), static_cast<int>(text.size()), "", nullptr,
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
    if (document == nullptr) {
      return BadXml(function, path, "the text is no XML document");
    }
    const XPathContext context(Xml().new_context(document.get()));
    context->node = reinterpret_cast<xmlNode*>(document.get());
    const Object found(Xml().evaluate(compiled.get(), context.get()));
    if (found == nullptr) {
      return BadXml(function, path, "its evaluation failed");
    }
    if (write == WriteNodes && found->type != XPATH_NODESET) {
      return BadXml(function, path, "it leads to no nodes");
    }
    write(found, out.get());
  }
  return out->Finish();
}

Bind BindXPath(std::string function, TypePtr result, WriteResult write) {
  return [function = std::move(function), result,
          write](const BindInput& input) -> Result<BoundScalar> {
    ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
    ARROW_RETURN_NOT_OK(Require(input, 1, type::String()).status());
    if (!IsLiteral(input, 1)) {
      return NotFoldable(input, 1, "path", "\"STRING\"");
    }
    if (!Xml().complete) {
      return base::Unsupported("XPath: the library libxml2.so.2 is not installed");
    }
    const std::string path = LiteralString(input, 1).value_or("");
    return MakeBound({type::String(), type::String()}, result,
                     [function, path, write](const KernelArguments& a) {
                       return Evaluate(a, function, path, write);
                     },
                     {.can_fail = true, .null_propagating = false, .nullable = true});
  };
}

ScalarFunction XPath(std::string name, TypePtr result, WriteResult write, std::string description,
                     std::vector<ScalarFunction::Example> examples,
                     std::vector<std::string> aliases = {}) {
  ScalarFunction function;
  function.name = name;
  function.aliases = std::move(aliases);
  function.min_arguments = 2;
  function.max_arguments = 2;
  function.bind = BindXPath(std::move(name), std::move(result), write);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "2.0.0";
  return function;
}

const Registration kXPath(XPath("xpath", type::Array(type::String()), WriteNodes,
                                "The values of the nodes that a path leads to.",
                                {{"SELECT xpath('<a><b>1</b><b>2</b></a>', 'a/b/text()')",
                                  "[1, 2]"}}));
const Registration kXPathString(XPath("xpath_string", type::String(), WriteText,
                                      "The text of what a path leads to.",
                                      {{"SELECT xpath_string('<a><b>x</b></a>', 'a/b')", "x"}}));
const Registration kXPathBoolean(XPath("xpath_boolean", type::Boolean(), WriteBoolean,
                                       "Whether a path leads to something, or is true.",
                                       {{"SELECT xpath_boolean('<a><b>1</b></a>', 'a/b')",
                                         "true"}}));
const Registration kXPathDouble(
    XPath("xpath_double", type::Double(), WriteDouble, "The number that a path leads to.",
          {{"SELECT xpath_double('<a><b>1</b></a>', 'sum(a/b)')", "1.0"}}, {"xpath_number"}));
const Registration kXPathFloat(
    XPath("xpath_float", type::Float(), WriteFloat, "The number that a path leads to.",
          {{"SELECT xpath_float('<a><b>1</b></a>', 'sum(a/b)')", "1.0"}}));
const Registration kXPathLong(XPath("xpath_long", type::Long(), WriteLong,
                                    "The whole number that a path leads to.",
                                    {{"SELECT xpath_long('<a><b>1</b></a>', 'sum(a/b)')", "1"}}));
const Registration kXPathInt(XPath("xpath_int", type::Int(), WriteInt,
                                   "The whole number that a path leads to.",
                                   {{"SELECT xpath_int('<a><b>1</b></a>', 'sum(a/b)')", "1"}}));
const Registration kXPathShort(XPath("xpath_short", type::Short(), WriteShort,
                                     "The whole number that a path leads to.",
                                     {{"SELECT xpath_short('<a><b>1</b></a>', 'sum(a/b)')", "1"}}));

}  // namespace
}  // namespace emery::functions
