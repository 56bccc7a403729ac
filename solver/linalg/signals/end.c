/* A signal handler that ends the process wherever it is: one line to standard error, then _exit. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <string.h>
#include <unistd.h>

static char line[512];
static size_t length;

static void end(int number)
{
  if (write(STDERR_FILENO, line, length) < 0)
    length = 0;
  _exit(128 + number);
}

void end_on(int number, const char* words)
{
  struct sigaction action = {.sa_handler = end};
  length = strnlen(words, sizeof line);
  memcpy(line, words, length);
  sigfillset(&action.sa_mask);
  sigaction(number, &action, NULL);
}
