// Stands in for libpq, under the names of its header. A function that is
// missing here does not link.
#include <libpq-fe.h>

#include "adapters/late/late_library.hpp"

namespace {

const rung::LateLibrary& libpq() {
  static const rung::LateLibrary loaded("libpq.so.5", "libpq5");
  return loaded;
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
RUNG_LATE(libpq, PQconninfoOption*, PQconninfoParse,
          (const char* text, char** error), (text, error))
RUNG_LATE(libpq, void, PQconninfoFree, (PQconninfoOption * options), (options))
RUNG_LATE(libpq, void, PQfreemem, (void* p), (p))

RUNG_LATE(libpq, PGconn*, PQconnectStartParams,
          (const char* const* names, const char* const* values, int expand),
          (names, values, expand))
RUNG_LATE(libpq, PostgresPollingStatusType, PQconnectPoll, (PGconn * conn),
          (conn))
RUNG_LATE(libpq, ConnStatusType, PQstatus, (const PGconn* conn), (conn))
RUNG_LATE(libpq, char*, PQerrorMessage, (const PGconn* conn), (conn))
RUNG_LATE(libpq, int, PQsocket, (const PGconn* conn), (conn))
RUNG_LATE(libpq, int, PQconnectionNeedsPassword, (const PGconn* conn), (conn))
RUNG_LATE(libpq, PGVerbosity, PQsetErrorVerbosity,
          (PGconn * conn, PGVerbosity verbosity), (conn, verbosity))
RUNG_LATE(libpq, void, PQfinish, (PGconn * conn), (conn))

RUNG_LATE(libpq, int, PQsendQuery, (PGconn * conn, const char* query),
          (conn, query))
RUNG_LATE(libpq, int, PQconsumeInput, (PGconn * conn), (conn))
RUNG_LATE(libpq, int, PQisBusy, (PGconn * conn), (conn))
RUNG_LATE(libpq, PGresult*, PQgetResult, (PGconn * conn), (conn))
RUNG_LATE(libpq, ExecStatusType, PQresultStatus, (const PGresult* result),
          (result))
RUNG_LATE(libpq, char*, PQresultErrorField, (const PGresult* result, int code),
          (result, code))
RUNG_LATE(libpq, void, PQclear, (PGresult * result), (result))
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
