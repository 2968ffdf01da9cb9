#pragma once

#include <nlohmann/json.hpp>
#include <string>

/// Reading what a platform answers, which is never trusted to have its shape:
/// what is not there, or of another type, is null, "", 0 or false.
namespace rung {

inline const nlohmann::json& member(const nlohmann::json& object,
                                    const char* name) {
  static const nlohmann::json nothing;
  const auto found = object.find(name);  // the end too, where it is no object
  return found == object.end() ? nothing : *found;
}
/// What is returned lies in the object, so that must live on.
const nlohmann::json& member(nlohmann::json&& object, const char* name) = delete;

inline std::string text_in(const nlohmann::json& object, const char* name) {
  const nlohmann::json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

template <typename Number = int>
Number number_in(const nlohmann::json& object, const char* name) {
  const nlohmann::json& value = member(object, name);
  return value.is_number_integer() ? value.get<Number>() : Number{};
}

inline bool flag_in(const nlohmann::json& object, const char* name) {
  const nlohmann::json& value = member(object, name);
  return value.is_boolean() && value.get<bool>();
}

}  // namespace rung
