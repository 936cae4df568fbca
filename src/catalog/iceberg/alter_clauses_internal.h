#pragma once

#include <string>
#include <vector>

#include "plan/command.h"
#include "table/iceberg/metadata_update.h"

namespace emery::catalog {

// Clauses of Iceberg's SQL extensions, as the parser hands them over: the statement's text from the
// clause's first word on.

/// SET | DROP IDENTIFIER FIELDS a, b.c
Result<std::vector<plan::Name>> ParseIdentifierClause(const std::string& text);

/// ADD PARTITION FIELD t [AS n]; DROP PARTITION FIELD t | n; REPLACE PARTITION FIELD t | n WITH t
/// [AS n]
Result<std::vector<table::iceberg::MetadataUpdate>> ChangePartitionSpec(
    const table::iceberg::TableMetadata& base, const std::string& text);

/// WRITE [DISTRIBUTED BY PARTITION] [LOCALLY] [ORDERED BY …] | UNORDERED
Result<std::vector<table::iceberg::MetadataUpdate>> ChangeWriteOrder(
    const table::iceberg::TableMetadata& base, const std::string& text);

/// CREATE [OR REPLACE] | REPLACE | DROP  BRANCH | TAG …
Result<std::vector<table::iceberg::MetadataUpdate>> ChangeReference(
    const table::iceberg::TableMetadata& base, const std::string& text);

}  // namespace emery::catalog
