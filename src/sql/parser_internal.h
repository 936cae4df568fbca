#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/lexer.h"
#include "sql/parser.h"

namespace emery::sql {

using enum Keyword;
using base::Position;
using plan::Expression;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::LogicalPlan;
using plan::Name;
using plan::NameReference;
using plan::PlanPtr;
using plan::Properties;
using plan::SortOrder;

/// Recursive descent over the tokens of one text. One use, one thread. The members lie in one file
/// per part of the language: parser.cc (tokens, names, errors, entry points), expression_parser.cc
/// (operators), primary_parser.cc (operands), literals.cc, interval_literals.cc, type_parser.cc,
/// query_parser.cc (clauses), relation_parser.cc (FROM), pipe_parser.cc, statement_parser.cc
/// (dispatch, SET, EXPLAIN …), ddl_parser.cc, alter_parser.cc, show_parser.cc, dml_parser.cc.
///
/// Nearly every keyword is also an ordinary name, so each place decides by what follows: see
/// AtClause().
class Parser {
 public:
  Parser(std::string_view text, const ParserOptions& options);

  /// Must come first.
  Status Tokenize();

  Result<PlanPtr> SingleStatement();
  Result<ExpressionPtr> SingleExpression();
  Result<type::TypePtr> SingleDataType();
  Result<type::Schema> SingleSchema();
  Result<Name> SingleName();

 private:
  // ---- tokens (parser.cc)
  // --------------------------------------------------------------------------------

  const Token& Peek(size_t ahead = 0) const {
    return tokens_[at_ + ahead < tokens_.size() ? at_ + ahead : tokens_.size() - 1];
  }

  const Token& TokenAt(size_t index) const {
    return tokens_[index < tokens_.size() ? index : tokens_.size() - 1];
  }

  bool At(TokenKind kind, size_t ahead = 0) const { return Peek(ahead).kind == kind; }

  bool At(Keyword keyword, size_t ahead = 0) const {
    const Token& token = Peek(ahead);
    return token.keyword == keyword && token.kind == TokenKind::kWord;
  }

  /// A word that is no keyword of Spark's: Iceberg's ORDERED, Emery's QUALIFY. Upper case.
  bool AtWord(std::string_view word, size_t ahead = 0) const;

  void Advance() { at_ += at_ + 1 < tokens_.size() ? 1 : 0; }

  bool Accept(TokenKind kind);
  bool Accept(Keyword keyword);
  bool AcceptWord(std::string_view word);
  /// All of them, or none.
  bool Accept(Keyword first, Keyword second);
  Status Expect(TokenKind kind);
  Status Expect(Keyword keyword);

  Status ExpectLeftParen() { return Expect(TokenKind::kLeftParen); }

  Status ExpectRightParen() { return Expect(TokenKind::kRightParen); }

  Status ExpectEnd();

  std::string_view Text(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }

  /// The text from token `first` to before token `end`.
  std::string TextOf(size_t first, size_t end) const;
  /// The text from here to the statement's end (without ';'), and moves there.
  std::string TakeRest();
  /// From token `first` to the last token taken.
  Position Span(size_t first) const;
  Position PositionOf(const Token& token) const;

  // ---- errors (parser.cc)
  // --------------------------------------------------------------------------------

  /// PARSE_SYNTAX_ERROR at the current token.
  Status SyntaxError(std::string_view hint = "") const;
  /// INVALID_SQL_SYNTAX.<sub>, placed at token `first` up to here.
  Status InvalidSyntax(std::string_view sub, std::string message, base::ErrorParameters parameters,
                       size_t first) const;
  Status NotSupported(std::string what, size_t first) const;
  /// "Operation not allowed: …": Spark's error for clauses that don't go together.
  Status NotAllowed(const std::string& what, size_t first) const;

  /// Counts how deep the recursion is; Check() fails before the stack does.
  class Nesting {
   public:
    explicit Nesting(Parser* parser) : parser_(parser) { ++parser_->depth_; }

    ~Nesting() { --parser_->depth_; }

    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    Status Check() const;

   private:
    Parser* parser_;
  };

  Status TooComplex() const;

  // ---- names (parser.cc)
  // ---------------------------------------------------------------------------------

  bool IsIdentifier(const Token& token) const;
  /// Of those, the ones that may be a table's alias.
  bool IsStrictIdentifier(const Token& token) const;

  bool AtIdentifier(size_t ahead = 0) const { return IsIdentifier(Peek(ahead)); }

  std::string IdentifierText(const Token& token) const;
  Result<std::string> Identifier();
  /// Identifier() where a following "-x" is a sign of missing back quotes (INVALID_IDENTIFIER).
  Result<std::string> CheckedIdentifier();
  Result<Name> MultipartName();
  Result<std::vector<Name>> MultipartNames();
  Result<NameReference> Reference();
  Result<std::vector<std::string>> IdentifierListInParens();
  Result<std::vector<std::string>> IdentifierSequence();
  Result<Name> SplitName(std::string_view name, size_t first) const;
  /// True where a clause, set operation or join begins, so that the word here is no alias.
  bool AtClause(size_t ahead = 0) const;
  bool StartsExpression(size_t ahead) const;
  /// Token `index` starts a query: SELECT, FROM t, VALUES …, TABLE t, WITH …
  bool StartsQuery(size_t index) const;
  /// The parenthesis at the current token encloses a query, and not an expression or join that
  /// begins with one.
  bool AtQueryInParens(size_t ahead = 0) const;
  void FindQueriesInParens();
  bool ContinuesQuery(size_t index) const;
  static bool IsSetOperation(const Token& token, const Token& after);

  // ---- nodes
  // ---------------------------------------------------------------------------------------------

  template <class T>
  std::shared_ptr<T> Finish(std::shared_ptr<T> node, size_t first) const {
    node->position = Span(first);
    return node;
  }

  ExpressionPtr Operator(std::string name, ExpressionList arguments, size_t first) const;
  ExpressionPtr Function(std::string name, ExpressionList arguments, size_t first) const;
  ExpressionPtr Negated(bool negate, ExpressionPtr e, size_t first) const;
  ExpressionPtr Literal(type::TypePtr type, type::Value value, size_t first) const;
  ExpressionPtr StringLiteral(std::string value, size_t first) const;
  ExpressionPtr Star(size_t first) const;

  // ---- expressions (expression_parser.cc, primary_parser.cc)
  // ---------------------------------------------

  Result<ExpressionPtr> ParseExpression();
  Result<ExpressionPtr> ParseOr();
  Result<ExpressionPtr> ParseAnd();
  Result<ExpressionPtr> ParseNot();
  Result<ExpressionPtr> ParsePredicated();
  Result<ExpressionPtr> ParsePredicate(ExpressionPtr left, size_t first, bool* found);
  Result<ExpressionPtr> ParseLike(ExpressionPtr left, size_t first, bool negate);
  Result<ExpressionPtr> ParseIn(ExpressionPtr left, size_t first, bool negate);
  Result<ExpressionPtr> ParseValue(int min_precedence = 0);
  Result<ExpressionPtr> ParseUnary();
  Result<ExpressionPtr> ParsePostfix(ExpressionPtr e, size_t first);
  Result<ExpressionPtr> ParsePrimary();
  Result<ExpressionPtr> ParseWordPrimary(bool* found);
  size_t CountInCall(bool (*matches)(const Token&)) const;
  bool CallHas(Keyword keyword) const;
  Result<ExpressionPtr> ParseNameOrCall();
  Result<ExpressionPtr> ParseParenthesised();
  Result<ExpressionPtr> ParseCase();
  Result<ExpressionPtr> ParseCast();
  Result<ExpressionPtr> ParseStruct();
  Result<ExpressionPtr> ParseIdentifierClause();
  Result<ExpressionPtr> ParseExtract();
  Result<ExpressionPtr> ParsePosition();
  Result<ExpressionPtr> ParseSubstring();
  Result<ExpressionPtr> ParseTrim();
  Result<ExpressionPtr> ParseOverlay();
  Result<ExpressionPtr> ParseTimestampAddOrDiff();
  Result<ExpressionPtr> ParseCall(Name name, ExpressionPtr identifier, size_t first);
  Result<ExpressionPtr> ParseArgument();
  Result<ExpressionPtr> ParseLambda();
  Result<ExpressionPtr> ParseStarWithExcept(Name qualifier, size_t first);
  Result<ExpressionPtr> ParseNamedExpression();
  Result<ExpressionList> ParseNamedExpressions();
  Result<ExpressionList> ParseExpressions();
  bool AtDatetimeUnit(size_t ahead) const;
  Result<SortOrder> ParseSortItem();
  Result<std::vector<SortOrder>> ParseSortItems();
  Result<plan::WindowSpec> ParseWindowSpec();
  Result<plan::WindowFrame> ParseWindowFrame();
  Result<plan::FrameBound> ParseFrameBound();
  Result<PlanPtr> ParseQueryInParens();

  // ---- literals (literals.cc, interval_literals.cc)
  // ------------------------------------------------------

  bool AtString(size_t ahead = 0) const { return At(TokenKind::kString, ahead); }

  bool AtNumber(size_t ahead = 0) const;
  /// One or more adjacent string tokens.
  Result<std::string> String();
  Result<std::optional<std::string>> OptionalString();
  Result<int64_t> Integer();
  Result<ExpressionPtr> ParseNumber(size_t first, bool negative);
  Result<ExpressionPtr> ParseTypedLiteral(bool* found);
  Result<ExpressionPtr> ParseConstant();
  Result<ExpressionPtr> ParseParameter();
  bool AtInterval() const;
  Result<ExpressionPtr> ParseInterval();
  Result<ExpressionPtr> ParseUnitToUnit(size_t first);
  Result<ExpressionPtr> IntervalOfText(const std::string& text, size_t first);

  struct IntervalPart {
    std::string value;  // number with sign
    std::string unit;   // singular, lower case
  };

  Result<ExpressionPtr> IntervalOfParts(const std::vector<IntervalPart>& parts, size_t first);

  // ---- types (type_parser.cc)
  // ----------------------------------------------------------------------------

  Result<type::TypePtr> ParseType();
  Result<type::TypePtr> ParsePrimitiveType();
  Result<std::vector<int64_t>> TypeArguments(size_t max);
  Result<type::TypePtr> ParseIntervalType(size_t first);
  Result<std::vector<type::Field>> ParseStructFields();
  Result<type::Field> ParseColumn(bool colon);
  Status ExpectCloseAngle();

  // ---- queries (query_parser.cc, relation_parser.cc, pipe_parser.cc)
  // --------------------------------------

  Result<PlanPtr> ParseQuery();
  Result<std::shared_ptr<plan::UnresolvedWith>> ParseCtes();
  Result<PlanPtr> ParseQueryTerm(int min_precedence);
  Result<PlanPtr> ParseQueryPrimary();
  Result<PlanPtr> ParseSelect(PlanPtr from);
  Result<PlanPtr> ParseFromStatement();
  Result<PlanPtr> ParseOrganization(PlanPtr input, size_t first);
  Result<PlanPtr> ParseInlineTable();
  Result<PlanPtr> ParseTableStatement();

  struct Hint {
    std::string name;
    ExpressionList arguments;
    Position position;
  };

  Result<std::vector<Hint>> ParseHints();
  PlanPtr WithHints(PlanPtr input, const std::vector<Hint>& hints) const;
  Status ParseGroupBy(plan::GroupingClause* grouping, ExpressionList* named);
  Status ParseWindowClause(std::vector<std::pair<std::string, plan::WindowSpec>>* windows);
  bool AtSetOperation(size_t ahead = 0) const;
  bool AtOrganization() const;

  Result<PlanPtr> ParseFrom();
  Result<PlanPtr> ParseRelation(bool* lateral);
  Result<PlanPtr> ParseJoins(PlanPtr left, size_t first);
  bool AtJoin() const;
  Result<PlanPtr> ParseJoin(PlanPtr left, size_t first);
  Result<PlanPtr> ParseRelationPrimary();
  Result<PlanPtr> ParseTableFunction();
  Result<ExpressionPtr> ParseTableArgument(std::vector<PlanPtr>* inputs);
  bool AtTableArgument(size_t ahead) const;
  Result<PlanPtr> ParseAlias(PlanPtr input, size_t first);
  bool AtTableAlias() const;
  Result<PlanPtr> ParseLateralView(PlanPtr input, size_t first);
  Result<PlanPtr> ParsePivot(PlanPtr input, size_t first);
  Result<PlanPtr> ParseUnpivot(PlanPtr input, size_t first);
  Result<PlanPtr> ParseSample(PlanPtr input, size_t first);

  bool AtPivot() const { return At(kPivot) && At(TokenKind::kLeftParen, 1); }

  bool AtUnpivot() const;

  bool AtSample() const { return At(kTablesample) && At(TokenKind::kLeftParen, 1); }

  Result<PlanPtr> ParsePipe(PlanPtr input, size_t first);
  Result<PlanPtr> ParsePipeAggregate(PlanPtr input, size_t first);

  // ---- statements
  // ----------------------------------------------------------------------------------------

  Result<PlanPtr> ParseStatement();
  Result<PlanPtr> ParseCommand(bool* found);
  Result<PlanPtr> ParseSet();
  Result<PlanPtr> ParseReset();
  Result<PlanPtr> ParseUse();
  Result<PlanPtr> ParseExplain();
  Result<PlanPtr> ParseCall();
  Result<PlanPtr> ParseDeclare();
  Result<PlanPtr> ParseExecuteImmediate();
  Result<PlanPtr> ParseCache();
  Result<PlanPtr> ParseUncache();
  Result<PlanPtr> ParseRefresh();
  Result<PlanPtr> ParseAnalyze();
  Result<PlanPtr> ParseLoadData();
  Result<PlanPtr> ParseRepair();
  Result<PlanPtr> ParseResource();
  Result<PlanPtr> ParseComment();
  /// A statement that is recognised and not supported: takes the rest of the text.
  Result<PlanPtr> Other(plan::CommandKind kind, std::string text, size_t first);

  /// A statement of Hive's that Spark knows and refuses.
  Status InvalidStatement(const std::string& operation, size_t first);

  Result<PlanPtr> ParseCreate();
  Result<PlanPtr> ParseCreateNamespace(size_t first);
  Result<PlanPtr> ParseCreateTable(size_t first, bool replace, bool create);
  Result<PlanPtr> ParseCreateView(size_t first, bool replace);
  Result<PlanPtr> ParseCreateFunction(size_t first);
  Status ParseTableClauses(plan::CreateTable* table);
  Status ParseTableElements(plan::CreateTable* table);
  Result<plan::ColumnDefinition> ParseColumnDefinition();
  Status ParseColumnOptions(plan::ColumnDefinition* column, size_t first);
  Status ParsePartitioning(plan::CreateTable* table);
  Result<plan::PartitionTransform> ParseTransform();
  Result<plan::BucketSpec> ParseBuckets();
  Status SkipConstraint();
  bool AtConstraint() const;
  Status ParseRowFormat();
  Status ParseFileFormat(std::optional<std::string>* provider);
  Result<PlanPtr> ParseDrop();
  Result<PlanPtr> ParseTruncate();
  Result<bool> IfExists();
  Result<bool> IfNotExists();
  Result<Properties> ParseProperties(bool expressions = false);
  Result<std::vector<std::string>> ParsePropertyKeys();
  Result<std::string> ParsePropertyKey();
  Result<std::vector<std::pair<std::string, ExpressionPtr>>> ParsePartitionSpec();
  Result<std::string> ExpressionText();
  bool AtNamespaceWord(size_t ahead = 0) const;

  Result<PlanPtr> ParseAlter();
  Result<PlanPtr> ParseAlterTable(size_t first);
  Result<PlanPtr> ParseAlterView(size_t first);
  Result<PlanPtr> ParseAlterNamespace(size_t first);
  Status ParseAlterAdd(plan::AlterTable* alter);
  Status ParseAlterDrop(plan::AlterTable* alter);
  Status ParseAlterColumns(plan::AlterTable* alter);
  Status ParseAlterSet(plan::AlterTable* alter);
  Status ParseAddedColumns(plan::AlterTable* alter);
  Result<plan::ColumnPlace> ParseColumnPlace();
  Status ParseIcebergClause(plan::AlterTable* alter, plan::AlterTableAction action,
                            std::string_view text);

  Result<PlanPtr> ParseShow();
  Result<PlanPtr> ParseDescribe();

  Result<PlanPtr> ParseInsert(std::shared_ptr<plan::UnresolvedWith> ctes);
  Status ParseInsertTarget(plan::Insert* insert);
  /// The INSERTs behind FROM: the first with the others as its further inputs.
  Result<PlanPtr> ParseInserts(const PlanPtr& from);
  Result<PlanPtr> ParseDelete();
  Result<PlanPtr> ParseUpdate();
  Result<PlanPtr> ParseMerge(std::shared_ptr<plan::UnresolvedWith> ctes);
  Result<plan::MergeClause> ParseMergeClause();
  Result<std::vector<plan::Assignment>> ParseAssignments();
  Result<std::string> ParseDmlAlias();

  std::string_view text_;
  const ParserOptions& options_;
  std::vector<Token> tokens_;
  std::vector<bool> encloses_query_;  // by token: a parenthesis around a query
  size_t at_ = 0;
  int depth_ = 0;
  const char* stack_base_ = nullptr;
  int next_parameter_ = 0;
  bool default_allowed_ = false;  // inside the values of an INSERT, UPDATE or MERGE
};

}  // namespace emery::sql
