/* Does nothing until it is told to end, and buries the processes that nobody
   else waits for. It holds the namespaces of each pod, and those of the whole
   cluster. */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  for (;;) {
    int number = 0;
    sigwait(&all, &number);
    if (number == SIGTERM || number == SIGINT) return 0;
    if (number == SIGCHLD)
      while (waitpid(-1, NULL, WNOHANG) > 0) {
      }
  }
}
