// Leaks that are not ours. libgit2 1.5 does not free pcre2's match data when
// an expression does not match, which resolving an unknown revision does.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: LSan's name
extern "C" const char* __lsan_default_suppressions() {  // NOLINT
  return "leak:libpcre2-8\n";
}
