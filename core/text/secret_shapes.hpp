#pragma once

#include <string_view>
#include <vector>

#include "core/text/text_range.hpp"

namespace rung {

/// What has the shape of a secret, whoever wrote it: the password of a URL or
/// of user:password@host:port, the value behind a name that suggests a secret
/// (`Password=...`, `"api_key": "..."`), the tokens of well-known services
/// (`sk_live_`, `ghp_`, `AKIA`, ...), JSON web tokens, bodies of private keys,
/// what follows `Bearer`. In order, without overlaps. Linear in the text.
std::vector<TextRange> secret_shapes(std::string_view text);

/// Whether a variable of this name usually holds a secret.
bool names_a_secret(std::string_view name);

/// The words of a value that look random: letters and digits in turn, as in
/// keys, hashes and passwords.
std::vector<std::string_view> random_words(std::string_view value);

}  // namespace rung
