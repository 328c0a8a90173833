#include "job/parsed_line.h"

namespace shoal {

SimpleCommand& ParsedLine::append() {
  if (size_ == commands_.size()) commands_.emplace_back();
  SimpleCommand& command = commands_[size_++];
  command.connector = Connector::first;
  command.words.clear();
  command.redirects.clear();
  return command;
}

}  // namespace shoal
