// Runs one command again and again with posix_spawn and waitpid and nothing
// else, some at a time: the cost of the command itself.
//
//   dispatch_floor COUNT AT_ONCE PROGRAM [ARGUMENT...]

#include <spawn.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>

int main(int count_of_words, char** words) {
  if (count_of_words < 4) {
    std::fprintf(stderr, "usage: dispatch_floor COUNT AT_ONCE PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  const long count = std::strtol(words[1], nullptr, 10);
  const long at_once = std::strtol(words[2], nullptr, 10);
  char** command = words + 3;
  long started = 0;
  long running = 0;
  long failed = 0;
  while (started < count || running > 0) {
    while (started < count && running < at_once) {
      pid_t pid = 0;
      if (::posix_spawn(&pid, command[0], nullptr, nullptr, command, ::environ) != 0) {
        std::perror(command[0]);
        return 1;
      }
      ++started;
      ++running;
    }
    int status = 0;
    if (::waitpid(-1, &status, 0) < 0) {
      std::perror("waitpid");
      return 1;
    }
    --running;
    if (status != 0) ++failed;
  }
  return failed == 0 ? 0 : 1;
}
