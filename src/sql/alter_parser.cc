// ALTER TABLE (with Iceberg's extensions), ALTER VIEW, ALTER DATABASE.
#include "sql/parser_internal.h"

namespace emery::sql {

using plan::AlterTableAction;

Result<PlanPtr> Parser::ParseAlter() {
  const size_t first = at_;
  Advance();
  if (Accept(kTable)) {
    return ParseAlterTable(first);
  }
  if (Accept(kView)) {
    return ParseAlterView(first);
  }
  if (AtNamespaceWord()) {
    Advance();
    return ParseAlterNamespace(first);
  }
  if (At(kIndex)) {
    return Other(plan::CommandKind::kOther, "ALTER INDEX", first);
  }
  return SyntaxError();
}

Result<PlanPtr> Parser::ParseAlterNamespace(size_t first) {
  auto command = std::make_shared<plan::AlterNamespace>();
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  if (Accept(kUnset)) {
    if (!Accept(kProperties)) {
      ARROW_RETURN_NOT_OK(Expect(kDbproperties));
    }
    ARROW_ASSIGN_OR_RAISE(command->keys, ParsePropertyKeys());
    return PlanPtr(Finish(std::move(command), first));
  }
  if (At(kDefault) && At(kCollation, 1)) {
    return Other(plan::CommandKind::kOther, "ALTER DATABASE … DEFAULT COLLATION", first);
  }
  ARROW_RETURN_NOT_OK(Expect(kSet));
  if (Accept(kLocation)) {
    ARROW_ASSIGN_OR_RAISE(command->location, String());
  } else {
    if (!Accept(kProperties)) {
      ARROW_RETURN_NOT_OK(Expect(kDbproperties));
    }
    ARROW_ASSIGN_OR_RAISE(command->properties, ParseProperties());
  }
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseAlterView(size_t first) {
  auto command = std::make_shared<plan::AlterView>();
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  if (Accept(kRename, kTo)) {
    ARROW_ASSIGN_OR_RAISE(command->new_name, MultipartName());
  } else if (At(kSet) && At(kTblproperties, 1)) {
    at_ += 2;
    ARROW_ASSIGN_OR_RAISE(command->properties, ParseProperties());
  } else if (At(kUnset) && At(kTblproperties, 1)) {
    at_ += 2;
    ARROW_RETURN_NOT_OK(IfExists());
    ARROW_ASSIGN_OR_RAISE(command->keys, ParsePropertyKeys());
  } else if (At(kWith) && At(kSchema, 1)) {
    at_ += 2;
    if (!Accept(kBinding) && !Accept(kCompensation) && !Accept(kEvolution)) {
      ARROW_RETURN_NOT_OK(Expect(kType));
      ARROW_RETURN_NOT_OK(Expect(kEvolution));
    }
    return Other(plan::CommandKind::kOther, "ALTER VIEW … WITH SCHEMA", first);
  } else if (At(kAdd) || At(kDrop)) {
    return Other(plan::CommandKind::kOther, "ALTER VIEW … PARTITION", first);
  } else {
    Accept(kAs);
    const size_t query_first = at_;
    ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQuery());
    command->query_text = TextOf(query_first, at_);
    command->inputs = {std::move(query)};
  }
  return PlanPtr(Finish(std::move(command), first));
}

// A clause of a table format's own: kept as text, which the format reads.
Status Parser::ParseIcebergClause(plan::AlterTable* alter, AlterTableAction action,
                                  std::string_view text) {
  alter->action = action;
  alter->text = "ALTER TABLE … " + std::string(text);
  alter->clause_text = TakeRest();
  return Status::OK();
}

Result<PlanPtr> Parser::ParseAlterTable(size_t first) {
  auto alter = std::make_shared<plan::AlterTable>();
  ARROW_ASSIGN_OR_RAISE(alter->name, Reference());
  std::vector<std::pair<std::string, ExpressionPtr>> partition;
  const bool has_partition = At(kPartition) && At(TokenKind::kLeftParen, 1);
  if (has_partition) {
    ARROW_ASSIGN_OR_RAISE(partition, ParsePartitionSpec());
    alter->partitions.push_back(partition);
  }
  const auto other = [&](std::string text) {
    alter->action = AlterTableAction::kOther;
    alter->text = "ALTER TABLE … " + std::move(text);
    alter->clause_text = TakeRest();
    return PlanPtr(Finish(std::move(alter), first));
  };
  switch (At(TokenKind::kWord) ? Peek().keyword : kNone) {
    case kRename: {
      Advance();
      if (Accept(kColumn)) {
        plan::ColumnChange change;
        ARROW_ASSIGN_OR_RAISE(change.column, MultipartName());
        ARROW_RETURN_NOT_OK(Expect(kTo));
        ARROW_ASSIGN_OR_RAISE(change.definition.name, CheckedIdentifier());
        alter->action = AlterTableAction::kRenameColumn;
        alter->columns.push_back(std::move(change));
        break;
      }
      ARROW_RETURN_NOT_OK(Expect(kTo));
      if (has_partition) {
        ARROW_ASSIGN_OR_RAISE(auto target, ParsePartitionSpec());
        return other("PARTITION … RENAME TO");
      }
      alter->action = AlterTableAction::kRename;
      ARROW_ASSIGN_OR_RAISE(alter->new_name, MultipartName());
      break;
    }
    case kAdd:
      ARROW_RETURN_NOT_OK(ParseAlterAdd(alter.get()));
      break;
    case kDrop:
      ARROW_RETURN_NOT_OK(ParseAlterDrop(alter.get()));
      break;
    case kAlter:
    case kChange:
      ARROW_RETURN_NOT_OK(ParseAlterColumns(alter.get()));
      break;
    case kSet:
      ARROW_RETURN_NOT_OK(ParseAlterSet(alter.get()));
      break;
    case kUnset: {
      Advance();
      ARROW_RETURN_NOT_OK(Expect(kTblproperties));
      alter->action = AlterTableAction::kUnsetProperties;
      ARROW_ASSIGN_OR_RAISE(alter->if_exists, IfExists());
      ARROW_ASSIGN_OR_RAISE(alter->keys, ParsePropertyKeys());
      break;
    }
    case kReplace:
      if (AtWord("PARTITION", 1)) {
        ARROW_RETURN_NOT_OK(ParseIcebergClause(
            alter.get(), AlterTableAction::kReplacePartitionField, "REPLACE PARTITION FIELD"));
        break;
      }
      if (AtWord("BRANCH", 1) || AtWord("TAG", 1)) {
        const bool branch = AtWord("BRANCH", 1);
        ARROW_RETURN_NOT_OK(ParseIcebergClause(
            alter.get(), branch ? AlterTableAction::kCreateBranch : AlterTableAction::kCreateTag,
            branch ? "REPLACE BRANCH" : "REPLACE TAG"));
        break;
      }
      Advance();
      ARROW_RETURN_NOT_OK(Expect(kColumns));
      ARROW_RETURN_NOT_OK(ExpectLeftParen());
      ARROW_RETURN_NOT_OK(ParseAddedColumns(alter.get()));
      ARROW_RETURN_NOT_OK(ExpectRightParen());
      alter->action = AlterTableAction::kReplaceColumns;
      break;
    case kRecover:
      Advance();
      ARROW_RETURN_NOT_OK(Expect(kPartitions));
      alter->action = AlterTableAction::kRecoverPartitions;
      break;
    case kCluster: {
      Advance();
      ARROW_RETURN_NOT_OK(Expect(kBy));
      alter->action = AlterTableAction::kClusterBy;
      if (!Accept(kNoneWord)) {
        ARROW_RETURN_NOT_OK(ExpectLeftParen());
        do {
          plan::ColumnChange change;
          ARROW_ASSIGN_OR_RAISE(change.column, MultipartName());
          alter->columns.push_back(std::move(change));
        } while (Accept(TokenKind::kComma));
        ARROW_RETURN_NOT_OK(ExpectRightParen());
      }
      break;
    }
    case kCreate:
      if (AtWord("BRANCH", 1) || AtWord("TAG", 1) ||
          (At(kOr, 1) && At(kReplace, 2) && (AtWord("BRANCH", 3) || AtWord("TAG", 3)))) {
        const bool branch = AtWord("BRANCH", 1) || AtWord("BRANCH", 3);
        ARROW_RETURN_NOT_OK(ParseIcebergClause(
            alter.get(), branch ? AlterTableAction::kCreateBranch : AlterTableAction::kCreateTag,
            branch ? "CREATE BRANCH" : "CREATE TAG"));
        break;
      }
      return SyntaxError();
    case kDefault:
      if (At(kCollation, 1)) {
        return other("DEFAULT COLLATION");
      }
      return SyntaxError();
    case kExchange:
    case kArchive:
    case kUnarchive:
    case kTouch:
    case kCompact:
    case kConcatenate:
    case kClustered:
    case kSkewed:
      return InvalidStatement("ALTER TABLE " + std::string(Spelling(Peek().keyword)), first);
    case kNot:
      if (At(kClustered, 1) || At(kSorted, 1) || At(kSkewed, 1) || At(kStored, 1)) {
        return InvalidStatement("ALTER TABLE NOT " + std::string(Spelling(Peek(1).keyword)), first);
      }
      return SyntaxError();
    default:
      if (AtWord("WRITE") && (AtWord("ORDERED", 1) || AtWord("LOCALLY", 1) ||
                              AtWord("UNORDERED", 1) || AtWord("DISTRIBUTED", 1))) {
        ARROW_RETURN_NOT_OK(
            ParseIcebergClause(alter.get(), AlterTableAction::kWriteOrder, "WRITE ORDERED BY"));
        break;
      }
      return SyntaxError();
  }
  return PlanPtr(Finish(std::move(alter), first));
}

Status Parser::ParseAlterAdd(plan::AlterTable* alter) {
  if (At(kPartition, 1) && AtWord("FIELD", 2)) {
    return ParseIcebergClause(alter, AlterTableAction::kAddPartitionField, "ADD PARTITION FIELD");
  }
  Advance();
  if (AtConstraint()) {
    ARROW_RETURN_NOT_OK(SkipConstraint());
    alter->text = "ALTER TABLE … ADD CONSTRAINT";
    alter->action = AlterTableAction::kOther;
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(alter->if_not_exists, IfNotExists());
  if (At(kPartition)) {
    alter->action = AlterTableAction::kAddPartition;
    while (At(kPartition)) {
      ARROW_ASSIGN_OR_RAISE(auto partition, ParsePartitionSpec());
      alter->partitions.push_back(std::move(partition));
      if (Accept(kLocation)) {
        ARROW_ASSIGN_OR_RAISE(alter->location, String());
      }
    }
    return Status::OK();
  }
  if (alter->if_not_exists) {
    return SyntaxError();
  }
  if (!Accept(kColumn)) {
    ARROW_RETURN_NOT_OK(Expect(kColumns));
  }
  alter->action = AlterTableAction::kAddColumns;
  const bool parens = Accept(TokenKind::kLeftParen);
  ARROW_RETURN_NOT_OK(ParseAddedColumns(alter));
  return parens ? ExpectRightParen() : Status::OK();
}

// name type [NOT NULL] [DEFAULT e] [COMMENT '…'] [FIRST | AFTER c], …
Status Parser::ParseAddedColumns(plan::AlterTable* alter) {
  do {
    const size_t first = at_;
    plan::ColumnChange change;
    ARROW_ASSIGN_OR_RAISE(change.column, MultipartName());
    change.definition.name = change.column.back();
    ARROW_ASSIGN_OR_RAISE(change.definition.type, ParseType());
    while (true) {
      if ((At(kNot) || At(TokenKind::kBang)) && At(kNull, 1)) {
        at_ += 2;
        change.definition.nullable = false;
      } else if (Accept(kDefault)) {
        ARROW_ASSIGN_OR_RAISE(change.definition.default_sql, ExpressionText());
      } else if (Accept(kComment)) {
        ARROW_ASSIGN_OR_RAISE(change.definition.comment, String());
      } else if (At(kFirst) || At(kAfter)) {
        ARROW_ASSIGN_OR_RAISE(change.place, ParseColumnPlace());
      } else {
        break;
      }
    }
    change.definition.position = Span(first);
    alter->columns.push_back(std::move(change));
  } while (Accept(TokenKind::kComma));
  return Status::OK();
}

Result<plan::ColumnPlace> Parser::ParseColumnPlace() {
  plan::ColumnPlace place;
  if (Accept(kFirst)) {
    place.first = true;
    return place;
  }
  ARROW_RETURN_NOT_OK(Expect(kAfter));
  ARROW_ASSIGN_OR_RAISE(place.after, CheckedIdentifier());
  return place;
}

Status Parser::ParseAlterDrop(plan::AlterTable* alter) {
  if (At(kPartition, 1) && AtWord("FIELD", 2)) {
    return ParseIcebergClause(alter, AlterTableAction::kDropPartitionField, "DROP PARTITION FIELD");
  }
  if (AtWord("IDENTIFIER", 1) && At(kFields, 2)) {
    return ParseIcebergClause(alter, AlterTableAction::kDropIdentifierFields,
                              "DROP IDENTIFIER FIELDS");
  }
  if (AtWord("BRANCH", 1) || AtWord("TAG", 1)) {
    const bool branch = AtWord("BRANCH", 1);
    return ParseIcebergClause(alter,
                              branch ? AlterTableAction::kDropBranch : AlterTableAction::kDropTag,
                              branch ? "DROP BRANCH" : "DROP TAG");
  }
  Advance();
  if (Accept(kConstraint)) {
    ARROW_RETURN_NOT_OK(IfExists());
    ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
    if (!Accept(kCascade)) {
      Accept(kRestrict);
    }
    alter->text = "ALTER TABLE … DROP CONSTRAINT";
    alter->action = AlterTableAction::kOther;
    return Status::OK();
  }
  if (At(kPartition) || (At(kIf) && At(kPartition, 2))) {
    ARROW_ASSIGN_OR_RAISE(alter->if_exists, IfExists());
    alter->action = AlterTableAction::kDropPartition;
    do {
      ARROW_ASSIGN_OR_RAISE(auto partition, ParsePartitionSpec());
      alter->partitions.push_back(std::move(partition));
    } while (Accept(TokenKind::kComma));
    Accept(kPurge);
    return Status::OK();
  }
  if (!Accept(kColumn)) {
    ARROW_RETURN_NOT_OK(Expect(kColumns));
  }
  alter->action = AlterTableAction::kDropColumns;
  ARROW_ASSIGN_OR_RAISE(alter->if_exists, IfExists());
  const bool parens = Accept(TokenKind::kLeftParen);
  ARROW_ASSIGN_OR_RAISE(std::vector<Name> names, MultipartNames());
  for (Name& name : names) {
    plan::ColumnChange change;
    change.column = std::move(name);
    alter->columns.push_back(std::move(change));
  }
  return parens ? ExpectRightParen() : Status::OK();
}

// ALTER | CHANGE [COLUMN] c action, …; Hive's CHANGE old new type [COMMENT '…'] [FIRST | AFTER c].
Status Parser::ParseAlterColumns(plan::AlterTable* alter) {
  Advance();
  if (At(kColumn) && AtIdentifier(1)) {
    Advance();
  }
  alter->action = AlterTableAction::kAlterColumn;
  do {
    const size_t first = at_;
    plan::ColumnChange change;
    ARROW_ASSIGN_OR_RAISE(change.column, MultipartName());
    if (Accept(kType)) {
      ARROW_ASSIGN_OR_RAISE(change.definition.type, ParseType());
    } else if (Accept(kComment)) {
      ARROW_ASSIGN_OR_RAISE(change.definition.comment, String());
    } else if ((At(kFirst) || At(kAfter)) && !At(TokenKind::kDot, 1)) {
      ARROW_ASSIGN_OR_RAISE(change.place, ParseColumnPlace());
    } else if ((At(kSet) || At(kDrop)) && (At(kNot, 1) || At(TokenKind::kBang, 1)) &&
               At(kNull, 2)) {
      change.nullable = At(kDrop);
      at_ += 3;
    } else if (At(kSet) && At(kDefault, 1)) {
      at_ += 2;
      ARROW_ASSIGN_OR_RAISE(change.definition.default_sql, ExpressionText());
    } else if (At(kDrop) && At(kDefault, 1)) {
      at_ += 2;
      change.drop_default = true;
    } else if (AtIdentifier()) {
      ARROW_ASSIGN_OR_RAISE(type::Field field, ParseColumn(false));
      if (field.name != change.column.back()) {
        return base::UserError(
            "_LEGACY_ERROR_TEMP_0034",
            "Renaming column is not supported in Hive-style ALTER COLUMN, please "
            "run RENAME COLUMN instead.",
            {}, Span(0));
      }
      change.definition.name = field.name;
      change.definition.type = field.type;
      change.definition.nullable = field.nullable;
      change.definition.comment = field.comment;
      if (At(kFirst) || At(kAfter)) {
        ARROW_ASSIGN_OR_RAISE(change.place, ParseColumnPlace());
      }
    } else {
      return base::UserError("_LEGACY_ERROR_TEMP_0035",
                             "Operation not allowed: ALTER TABLE table ALTER COLUMN requires a "
                             "TYPE, a SET/DROP, a COMMENT, or a FIRST/AFTER.",
                             {{"message",
                               "ALTER TABLE table ALTER COLUMN requires a TYPE, a SET/DROP, a "
                               "COMMENT, or a FIRST/AFTER"}},
                             Span(0));
    }
    change.definition.position = Span(first);
    alter->columns.push_back(std::move(change));
  } while (Accept(TokenKind::kComma));
  return Status::OK();
}

Status Parser::ParseAlterSet(plan::AlterTable* alter) {
  if (AtWord("IDENTIFIER", 1) && At(kFields, 2)) {
    return ParseIcebergClause(alter, AlterTableAction::kSetIdentifierFields,
                              "SET IDENTIFIER FIELDS");
  }
  Advance();
  if (Accept(kTblproperties)) {
    alter->action = AlterTableAction::kSetProperties;
    ARROW_ASSIGN_OR_RAISE(alter->properties, ParseProperties());
    return Status::OK();
  }
  if (Accept(kLocation)) {
    alter->action = AlterTableAction::kSetLocation;
    ARROW_ASSIGN_OR_RAISE(alter->location, String());
    return Status::OK();
  }
  if (At(kFileformat)) {
    return ParseIcebergClause(alter, AlterTableAction::kSetFileFormat, "SET FILEFORMAT");
  }
  if (At(kSerde) || At(kSerdeproperties) || At(kSkewed)) {
    return ParseIcebergClause(alter, AlterTableAction::kOther,
                              "SET " + std::string(Spelling(Peek().keyword)));
  }
  return SyntaxError();
}

}  // namespace emery::sql
