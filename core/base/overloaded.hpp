#pragma once

namespace rung {

/// One visitor of several lambdas, for std::visit().
template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace rung
