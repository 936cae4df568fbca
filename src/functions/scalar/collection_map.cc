// Maps taken apart and put together, and sequence.

#include <algorithm>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/lists.h"
#include "functions/scalar/pattern.h"
#include "functions/vectorize.h"
#include "type/calendar.h"
#include "type/time_zone.h"

namespace emery::functions {
namespace {

using columnar::VectorBuilder;
using type::TypeId;
using type::TypePtr;

// map_keys, map_values: the map's entries seen as an array.
template <int kChild>
Result<BoundScalar> BindMapPart(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireMap(input, 0));
  return MakeBound({t},
                   type::Array(t->fields()[kChild].type, kChild == 1 && t->fields()[1].nullable),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const VectorPtr maps = columnar::Flatten(a.arguments[0]);
                     return Vector::MakeNested(a.return_type, maps->size(), maps->values_buffer(),
                                               maps->validity_buffer(), {maps->children()[kChild]});
                   });
}

Result<BoundScalar> BindMapEntries(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireMap(input, 0));
  const TypePtr entry =
      type::Struct({{.name = "key", .type = t->key(), .nullable = false},
                    {.name = "value", .type = t->value(), .nullable = t->fields()[1].nullable}});
  return MakeBound(
      {t}, type::Array(entry, false), [](const KernelArguments& a) -> Result<VectorPtr> {
        const VectorPtr maps = columnar::FlattenDeep(a.arguments[0]);
        VectorPtr structs =
            Vector::MakeNested(a.return_type->element(), maps->children()[0]->size(), nullptr,
                               nullptr, {maps->children()[0], maps->children()[1]});
        return Vector::MakeNested(a.return_type, maps->size(), maps->values_buffer(),
                                  maps->validity_buffer(), {std::move(structs)});
      });
}

Result<BoundScalar> BindMapFromArrays(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr keys, RequireArray(input, 0));
  ARROW_ASSIGN_OR_RAISE(const TypePtr values, RequireArray(input, 1));
  return MakeBound(
      {keys, values}, type::Map(keys->element(), values->element(), values->contains_null()),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        const Lists keys(a.arguments[0]);
        const Lists values(a.arguments[1]);
        MapResult out(a.return_type, a.num_rows, keys.child(), values.child(), a.context);
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (keys.IsNull(i) || values.IsNull(i)) {
            out.EndNull();
            continue;
          }
          if (keys[i].length != values[i].length) {
            return base::InternalError(
                "The key array and value array of MapData must have the same length.");
          }
          for (int32_t j = 0; j < keys[i].length; ++j) {
            ARROW_RETURN_NOT_OK(out.AddEntry(keys[i].offset + j, values[i].offset + j));
          }
          out.End();
        }
        return out.Finish();
      },
      {.can_fail = true, .null_propagating = false});
}

Result<BoundScalar> BindMapFromEntries(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (!t->is(TypeId::kArray) || !t->element()->is(TypeId::kStruct) ||
      t->element()->fields().size() != 2) {
    return UnexpectedType(input, 0, "\"ARRAY\" of pair \"STRUCT\"");
  }
  const auto& fields = t->element()->fields();
  const bool nullable = t->contains_null() || input.nullable.empty() || input.nullable[0];
  return MakeBound({t}, type::Map(fields[0].type, fields[1].type, fields[1].nullable),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const Lists lists(a.arguments[0]);
                     const VectorPtr& entries = lists.child();
                     MapResult out(a.return_type, a.num_rows, entries->children()[0],
                                   entries->children()[1], a.context);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       bool null = lists.IsNull(i);
                       const ListEntry e = lists[i];
                       for (int32_t j = e.offset; j < e.offset + e.length && !null; ++j) {
                         null = entries->IsNull(j);
                       }
                       if (null) {
                         out.EndNull();
                         continue;
                       }
                       for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
                         ARROW_RETURN_NOT_OK(out.AddEntry(j, j));
                       }
                       out.End();
                     }
                     return out.Finish();
                   },
                   {.can_fail = true, .null_propagating = false, .nullable = nullable});
}

Result<BoundScalar> BindMapConcat(const BindInput& input) {
  TypePtr common;
  for (size_t i = 0; i < input.types.size(); ++i) {
    if (!input.types[i]->is(TypeId::kMap)) {
      return base::UserError(
          "DATATYPE_MISMATCH.MAP_CONCAT_DIFF_TYPES",
          "Cannot resolve \"map_concat\" due to data type mismatch: The `map_concat` should all be "
          "of type map.",
          {{"functionName", "`map_concat`"}, {"dataType", "\"" + input.types[i]->Sql() + "\""}});
    }
    TypePtr wider =
        common == nullptr ? input.types[i] : WidestType(common, input.types[i], input.mode);
    if (wider == nullptr) {
      return base::UserError("DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                             "Cannot resolve \"map_concat\" due to data type mismatch: Input to "
                             "`map_concat` should all be the same "
                             "type.",
                             {{"functionName", "`map_concat`"}});
    }
    common = std::move(wider);
  }
  if (common == nullptr) {
    common = type::Map(type::String(), type::String(), false);
  }
  return MakeBound(
      std::vector<TypePtr>(input.types.size(), common), common,
      [](const KernelArguments& a) -> Result<VectorPtr> {
        std::vector<Lists> maps;
        std::vector<VectorPtr> keys;
        std::vector<VectorPtr> values;
        std::vector<int32_t> shifts;
        int32_t shift = 0;
        for (const VectorPtr& v : a.arguments) {
          maps.emplace_back(v);
          keys.push_back(maps.back().child(0));
          values.push_back(maps.back().child(1));
          shifts.push_back(shift);
          shift += static_cast<int32_t>(keys.back()->size());
        }
        MapResult out(a.return_type, a.num_rows, columnar::Concat(a.return_type->key(), keys),
                      columnar::Concat(a.return_type->value(), values), a.context);
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (std::any_of(maps.begin(), maps.end(), [&](const Lists& m) { return m.IsNull(i); })) {
            out.EndNull();
            continue;
          }
          for (size_t k = 0; k < maps.size(); ++k) {
            const ListEntry e = maps[k][i];
            for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
              ARROW_RETURN_NOT_OK(out.AddEntry(shifts[k] + j, shifts[k] + j));
            }
          }
          out.End();
        }
        return out.Finish();
      },
      {.can_fail = true, .null_propagating = false});
}

Result<BoundScalar> BindMapContainsKey(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireMap(input, 0));
  if (input.types[1]->is_null()) {
    return base::UserError("DATATYPE_MISMATCH.NULL_TYPE",
                           "Cannot resolve \"map_contains_key\" due to data type mismatch: Null "
                           "typed values cannot be used as "
                           "arguments of `map_contains_key`.",
                           {{"functionName", "`map_contains_key`"}});
  }
  const TypePtr key = WidestType(t->key(), input.types[1], input.mode);
  if (key == nullptr) {
    return base::UserError("DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES",
                           "Cannot resolve \"map_contains_key\" due to data type mismatch: Input "
                           "to `map_contains_key` should have "
                           "been \"MAP\" followed by a value with same key type, but it's [\"" +
                               t->Sql() + "\", \"" + input.types[1]->Sql() + "\"].",
                           {{"functionName", "`map_contains_key`"}});
  }
  return MakeBound({type::Map(key, t->value(), t->fields()[1].nullable), key}, type::Boolean(),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const Lists maps(a.arguments[0]);
                     const VectorPtr key = columnar::FlattenDeep(a.arguments[1]);
                     columnar::FlatWriter out(a.return_type, a.num_rows);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (maps.IsNull(i) || key->IsNull(i)) {
                         out.SetNull(i);
                         continue;
                       }
                       const ListEntry e = maps[i];
                       bool found = false;
                       for (int32_t j = e.offset; j < e.offset + e.length && !found; ++j) {
                         found = columnar::RowsEqual(*maps.child(0), j, *key, i);
                       }
                       out.values<uint8_t>()[i] = found;
                     }
                     return out.Finish(a.num_rows);
                   },
                   {.null_propagating = false});
}

// str_to_map(text[, pair delimiter[, key-value delimiter]]): the delimiters are regular
// expressions.
Result<BoundScalar> BindStrToMap(const BindInput& input) {
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
  }
  return MakeBound(
      std::vector<TypePtr>(input.types.size(), type::String()),
      type::Map(type::String(), type::String()),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        const VectorReader<StringView> text(*a.arguments[0]);
        const auto keys = VectorBuilder::Make(type::String());
        const auto values = VectorBuilder::Make(type::String());
        std::vector<int32_t> counts(a.num_rows, -1);
        PatternCache pairs;
        PatternCache parts;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (std::any_of(a.arguments.begin(), a.arguments.end(),
                          [&](const VectorPtr& v) { return v->IsNull(i); })) {
            continue;
          }
          const auto delimiter = [&](size_t k, std::string_view fallback) {
            return a.arguments.size() > k ? VectorReader<StringView>(*a.arguments[k])[i]
                                          : StringView(fallback);
          };
          const StringView pair_delimiter = delimiter(1, ",");
          const StringView part_delimiter = delimiter(2, ":");
          ARROW_ASSIGN_OR_RAISE(Matcher * pair, pairs.Get(pair_delimiter.view(), "str_to_map"));
          ARROW_ASSIGN_OR_RAISE(Matcher * part, parts.Get(part_delimiter.view(), "str_to_map"));
          const std::string_view s = text[i].view();
          counts[i] = 0;
          const auto add = [&](std::string_view entry) {
            ++counts[i];
            size_t from = 0;
            while (part->Find(entry, from)) {
              if (part->end() == 0) {
                from = part->Next(entry);
                continue;
              }
              keys->AppendString(entry.substr(0, part->start()));
              values->AppendString(entry.substr(part->end()));
              return;
            }
            keys->AppendString(entry);
            values->AppendNull();
          };
          size_t begin = 0;
          size_t from = 0;
          while (pair->Find(s, from)) {
            from = pair->Next(s);
            if (pair->end() == 0) {
              continue;
            }
            add(s.substr(begin, pair->start() - begin));
            begin = pair->end();
          }
          add(s.substr(begin));
        }
        MapResult out(a.return_type, a.num_rows, keys->Finish(), values->Finish(), a.context);
        int32_t at = 0;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (counts[i] < 0) {
            out.EndNull();
            continue;
          }
          for (int32_t k = 0; k < counts[i]; ++k, ++at) {
            ARROW_RETURN_NOT_OK(out.AddEntry(at, at));
          }
          out.End();
        }
        return out.Finish();
      },
      {.can_fail = true});
}

// ---- sequence
// ----------------------------------------------------------------------------------------------------------------------------

Status BadBoundaries(const std::string& start, const std::string& stop, const std::string& step) {
  return base::UserError("INTERNAL_ERROR", "Illegal sequence boundaries: " + start + " to " + stop +
                                               " by " + step + ".");
}

constexpr int64_t kSequenceMax = 2147483632;

// sequence(start, stop[, step]): integers; dates and timestamps by intervals of months, days and
// microseconds.
Result<BoundScalar> BindSequence(const BindInput& input) {
  TypePtr t = WidestType(input.types[0], input.types[1], input.mode);
  const bool temporal = t != nullptr && t->is_datetime();
  if (t == nullptr || (!t->is_integral() && !temporal)) {
    if (t != nullptr && t->is_null()) {
      t = type::Int();
    } else {
      return base::UserError("DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES",
                             "Cannot resolve \"sequence\" due to data type mismatch: `sequence` "
                             "uses the wrong parameter type. The "
                             "parameter type must conform to: 1. The start and stop expressions "
                             "must resolve to the same type. "
                             "2. If start and stop expressions resolve to the (\"TIMESTAMP\" or "
                             "\"TIMESTAMP_NTZ\" or \"DATE\") type, "
                             "then the step expression must resolve to the (\"INTERVAL\" or "
                             "\"INTERVAL YEAR TO MONTH\" or \"INTERVAL "
                             "DAY TO SECOND\") type. 3. Otherwise, if start and stop expressions "
                             "resolve to the \"INTEGRAL\" type, "
                             "then the step expression must resolve to the same type.",
                             {{"functionName", "`sequence`"}});
    }
  }
  std::vector<TypePtr> arguments = {t, t};
  if (input.types.size() > 2) {
    TypePtr step = input.types[2];
    if (temporal) {
      if (!step->is_interval()) {
        if (!step->is_string()) {
          return base::UserError("DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES",
                                 "Cannot resolve \"sequence\" due to data type mismatch: the step "
                                 "of dates must be an interval.",
                                 {{"functionName", "`sequence`"}});
        }
        step = type::CalendarIntervalType();
      }
    } else {
      if (!step->is_integral() && !step->is_null()) {
        return base::UserError("DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES",
                               "Cannot resolve \"sequence\" due to data type mismatch: the step "
                               "must be of the type of the start.",
                               {{"functionName", "`sequence`"}});
      }
      t = WidestType(t, step->is_null() ? t : step, input.mode);
      arguments = {t, t};
      step = t;
    }
    arguments.push_back(step);
  }
  return MakeBound(
      std::move(arguments), type::Array(t, false),
      [t, temporal](const KernelArguments& a) -> Result<VectorPtr> {
        const bool date = t->is(TypeId::kDate);
        const type::TimeZone& zone = t->is(TypeId::kTimestamp) && a.context.time_zone != nullptr
                                         ? *a.context.time_zone
                                         : *type::TimeZone::Utc();
        std::vector<int64_t> values;
        std::vector<ListEntry> entries(a.num_rows);
        std::vector<int64_t> nulls;
        const auto number = [](const Vector& v, int64_t row) {
          return columnar::ValueAt(v, row).integer();
        };
        for (int64_t i = 0; i < a.num_rows; ++i) {
          entries[i] = {static_cast<int32_t>(values.size()), 0};
          if (std::any_of(a.arguments.begin(), a.arguments.end(),
                          [&](const VectorPtr& v) { return v->IsNull(i); })) {
            nulls.push_back(i);
            continue;
          }
          const int64_t start = number(*a.arguments[0], i);
          const int64_t stop = number(*a.arguments[1], i);
          if (!temporal) {
            const int64_t step =
                a.arguments.size() > 2 ? number(*a.arguments[2], i) : (start <= stop ? 1 : -1);
            if ((step == 0 && start != stop) || (step > 0 && start > stop) ||
                (step < 0 && start < stop)) {
              return BadBoundaries(std::to_string(start), std::to_string(stop),
                                   std::to_string(step));
            }
            const type::int128_t count =
                step == 0 ? 1 : (static_cast<type::int128_t>(stop) - start) / step + 1;
            if (count > kSequenceMax) {
              return base::UserError("COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
                                     "Can't create array with " +
                                         std::to_string(static_cast<int64_t>(count)) +
                                         " elements which exceeding the array size limit "
                                         "2147483632, the value returned by the "
                                         "function `sequence` is too big.",
                                     {{"functionName", "`sequence`"}, {"parameter", "`count`"}});
            }
            for (int64_t k = 0; k < static_cast<int64_t>(count); ++k) {
              values.push_back(start + k * step);
            }
          } else {
            type::CalendarInterval step;
            if (a.arguments.size() < 3) {
              step.days = start <= stop ? 1 : -1;
            } else {
              const Vector& v = *a.arguments[2];
              const type::Value value = columnar::ValueAt(v, i);
              if (v.type()->is(TypeId::kYearMonthInterval)) {
                step.months = static_cast<int32_t>(value.integer());
              } else if (v.type()->is(TypeId::kDayTimeInterval)) {
                step.microseconds = value.integer();
                if (date || step.microseconds % type::kMicrosPerDay == 0) {
                  step.days = static_cast<int32_t>(step.microseconds / type::kMicrosPerDay);
                  step.microseconds %= type::kMicrosPerDay;
                }
              } else {
                step = value.interval();
              }
            }
            const int64_t first = date ? start * type::kMicrosPerDay : zone.UtcToLocal(start);
            const int64_t from = date ? start * type::kMicrosPerDay : start;
            const int64_t to = date ? stop * type::kMicrosPerDay : stop;
            const int64_t direction = step.months != 0 ? step.months
                                      : step.days != 0 ? step.days
                                                       : step.microseconds;
            if ((direction == 0 && from != to) || (direction > 0 && from > to) ||
                (direction < 0 && from < to)) {
              return BadBoundaries(
                  std::to_string(from), std::to_string(to),
                  std::to_string(int64_t{step.months} * 28 * type::kMicrosPerDay +
                                 step.days * type::kMicrosPerDay + step.microseconds));
            }
            // The k-th value is the start and k steps, so that months of different length do not
            // add up.
            for (int64_t k = 0;; ++k) {
              int64_t day = type::FloorDiv(first, type::kMicrosPerDay);
              const int64_t of_day = first - day * type::kMicrosPerDay;
              day = type::AddMonths(day, k * step.months) + k * step.days;
              int64_t us = day * type::kMicrosPerDay + of_day;
              us = (date ? us : zone.LocalToUtc(us)) + k * step.microseconds;
              if (direction >= 0 ? us > to : us < to) {
                break;
              }
              values.push_back(date ? type::FloorDiv(us, type::kMicrosPerDay) : us);
              if (direction == 0) {
                break;
              }
            }
          }
          entries[i].length = static_cast<int32_t>(values.size()) - entries[i].offset;
        }
        columnar::FlatWriter child(t, static_cast<int64_t>(values.size()));
        for (size_t k = 0; k < values.size(); ++k) {
          switch (t->physical()) {
            case type::PhysicalType::kInt8:
              child.values<int8_t>()[k] = static_cast<int8_t>(values[k]);
              break;
            case type::PhysicalType::kInt16:
              child.values<int16_t>()[k] = static_cast<int16_t>(values[k]);
              break;
            case type::PhysicalType::kInt32:
              child.values<int32_t>()[k] = static_cast<int32_t>(values[k]);
              break;
            default:
              child.values<int64_t>()[k] = values[k];
          }
        }
        return MakeList(a.return_type, std::move(entries), nulls,
                        {child.Finish(static_cast<int64_t>(values.size()))});
      },
      {.can_fail = true, .null_propagating = false});
}

ScalarFunction Function(std::string name, int min, int max, Bind bind, std::string description,
                        std::string example, std::string result) {
  return ScalarFunction{.name = std::move(name),
                        .min_arguments = min,
                        .max_arguments = max,
                        .bind = std::move(bind),
                        .description = std::move(description),
                        .examples = {{std::move(example), std::move(result)}},
                        .since = "2.4.0"};
}

const Registration kKeys(Function("map_keys", 1, 1, BindMapPart<0>, "The keys as an array.",
                                  "SELECT map_keys(map(1, 'a', 2, 'b'))", "[1, 2]"));
const Registration kValues(Function("map_values", 1, 1, BindMapPart<1>, "The values as an array.",
                                    "SELECT map_values(map(1, 'a', 2, 'b'))", "[a, b]"));
const Registration kEntries(Function("map_entries", 1, 1, BindMapEntries,
                                     "The entries as an array of structs.",
                                     "SELECT map_entries(map(1, 'a', 2, 'b'))",
                                     "[{1, a}, {2, b}]"));
const Registration kFromArrays(Function("map_from_arrays", 2, 2, BindMapFromArrays,
                                        "A map of two arrays.",
                                        "SELECT map_from_arrays(array(1.0, 3.0), array('2', '4'))",
                                        "{1.0 -> 2, 3.0 -> 4}"));
const Registration kFromEntries(
    Function("map_from_entries", 1, 1, BindMapFromEntries, "A map of an array of pairs.",
             "SELECT map_from_entries(array(struct(1, 'a'), struct(2, 'b')))", "{1 -> a, 2 -> b}"));
const Registration kConcat(Function("map_concat", 0, -1, BindMapConcat, "The entries of all maps.",
                                    "SELECT map_concat(map(1, 'a'), map(2, 'b'))",
                                    "{1 -> a, 2 -> b}"));
const Registration kContainsKey(Function("map_contains_key", 2, 2, BindMapContainsKey,
                                         "True if the map has the key.",
                                         "SELECT map_contains_key(map(1, 'a', 2, 'b'), 1)",
                                         "true"));
const Registration kStrToMap(Function("str_to_map", 1, 3, BindStrToMap,
                                      "A map of pairs and parts between delimiters.",
                                      "SELECT str_to_map('a:1,b:2,c:3', ',', ':')",
                                      "{a -> 1, b -> 2, c -> 3}"));
const Registration kSequence(Function("sequence", 2, 3, BindSequence,
                                      "An array from start to stop, both included.",
                                      "SELECT sequence(1, 5)", "[1, 2, 3, 4, 5]"));

}  // namespace
}  // namespace emery::functions
