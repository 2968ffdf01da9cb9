#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rung::fakes {

/// A screen of bytes that understands what the live view writes, and throws at
/// anything else. It never scrolls: give it rows enough. ASCII only.
class SmallTerminal {
 public:
  explicit SmallTerminal(std::size_t columns) : columns_(columns) {}

  void write(std::string_view text) {
    while (!text.empty()) {
      if (text.front() == '\x1b') {
        text.remove_prefix(escape(text));
        continue;
      }
      put(text.front());
      text.remove_prefix(1);
    }
  }

  /// As terminals do that break lines anew: what is too long becomes several
  /// rows, and the cursor goes with it. REQUIRES: it stands in the last row.
  void resize(std::size_t columns) {
    std::vector<std::string> rows;
    for (const std::string& row : rows_) {
      for (std::size_t from = 0;;) {
        rows.push_back(row.substr(from, columns));
        from += columns;
        if (from >= row.size()) break;
      }
    }
    columns_ = columns;
    rows_ = std::move(rows);
    row_ = rows_.size() - 1;
    column_ = rows_.back().size();
  }

  /// Rows from the top without blanks at their ends; the empty ones at the
  /// bottom left out.
  [[nodiscard]] std::string text() const {
    std::string out;
    for (std::string row : rows_) {
      row.erase(row.find_last_not_of(' ') + 1);
      out += row + "\n";
    }
    out.erase(out.find_last_not_of('\n') + 1);
    return out + "\n";
  }
  [[nodiscard]] bool wraps() const { return wraps_; }
  [[nodiscard]] std::size_t row() const { return row_; }

 private:
  void put(char c) {
    if (c == '\r') {
      column_ = 0;
    } else if (c == '\n') {
      ++row_;
    } else if (c < ' ') {
      throw std::runtime_error("a control character on the screen");
    } else {
      if (column_ == columns_) {
        if (wraps_) {
          column_ = 0;
          ++row_;
        } else {
          --column_;
        }
      }
      if (rows_.size() <= row_) rows_.resize(row_ + 1);
      std::string& row = rows_[row_];
      row.resize(std::max(row.size(), column_ + 1), ' ');
      row[column_++] = c;
    }
    if (rows_.size() <= row_) rows_.resize(row_ + 1);
  }

  std::size_t escape(std::string_view text) {
    const std::size_t end = text.find_first_of("ABCDHJKhlm", 2);
    if (text.size() < 3 || text[1] != '[' || end == text.npos) {
      throw std::runtime_error("an escape sequence cut off");
    }
    const std::string_view argument = text.substr(2, end - 2);
    switch (text[end]) {
      case 'A':
        row_ -= std::stoul(std::string(argument));
        if (row_ > 1'000'000) throw std::runtime_error("above the screen");
        break;
      case 'J':
        rows_.resize(row_ + 1);
        rows_[row_].resize(std::min(rows_[row_].size(), column_));
        break;
      case 'h':
      case 'l':
        if (argument != "?7") throw std::runtime_error("an unknown mode");
        wraps_ = text[end] == 'h';
        break;
      case 'm':
        break;
      default:
        throw std::runtime_error("an unknown escape sequence");
    }
    return end + 1;
  }

  std::size_t columns_, row_ = 0, column_ = 0;
  bool wraps_ = true;
  std::vector<std::string> rows_;
};

}  // namespace rung::fakes
