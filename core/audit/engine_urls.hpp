#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/variables/project_reads.hpp"

namespace rung {

/// How the value of a variable gets to SQLAlchemy, as far as the text says it.
struct EngineUse {
  enum class How {
    unknown,   ///< no call of SQLAlchemy has to do with it
    changed,   ///< a call gets what is made of it
    may,       ///< a call gets something of its name: `settings.DATABASE_URL`
    as_it_is,  ///< a call gets the read itself, or a name given it once
  } how = How::unknown;
  std::string file;
};

/// The use that says most. `async`: by create_async_engine() alone.
EngineUse engine_use(std::string_view name, std::span<const SourceText> files,
                     bool async);

}  // namespace rung
