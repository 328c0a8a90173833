#include "exec/warm/warm_request.h"

#include <string_view>

namespace shoal {
namespace {

class Fields {
 public:
  void add(std::string_view field) {
    if (!is_first_) text_ += '\0';
    is_first_ = false;
    text_ += field;
  }
  void add_count(std::size_t count) { add(std::to_string(count)); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  bool is_first_ = true;
};

std::string_view kind_text(WarmStep::Kind kind) {
  switch (kind) {
    case WarmStep::Kind::script:
      return "script";
    case WarmStep::Kind::module:
      return "module";
    case WarmStep::Kind::program:
      break;
  }
  return "program";
}

std::string_view redirect_text(SimpleRedirect::Kind kind) {
  switch (kind) {
    case SimpleRedirect::Kind::read:
      return "<";
    case SimpleRedirect::Kind::write:
      return ">";
    case SimpleRedirect::Kind::append:
      return ">>";
    case SimpleRedirect::Kind::duplicate:
      break;
  }
  return ">&";
}

void add_step(const WarmStep& step, Fields& fields) {
  fields.add(kind_text(step.kind));
  fields.add(step.is_timed ? "time" : "");
  fields.add_count(step.redirects.size());
  for (const SimpleRedirect& redirect : step.redirects) {
    fields.add(std::to_string(redirect.descriptor));
    fields.add(redirect_text(redirect.kind));
    fields.add(redirect.target);
  }
  fields.add_count(step.environment.size());
  for (const std::string& variable : step.environment) fields.add(variable);
  fields.add(step.path);
  fields.add_count(step.words.size());
  for (const std::string& word : step.words) fields.add(word);
}

}  // namespace

std::string warm_request(const WarmLine& line, const std::string& note) {
  Fields fields;
  fields.add(note);
  fields.add(line.shell_name);
  fields.add_count(line.steps.size());
  for (const WarmStep& step : line.steps) add_step(step, fields);
  return fields.take();
}

}  // namespace shoal
