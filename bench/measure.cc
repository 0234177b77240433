// measure FILE COMMAND...: runs the command, writes what it took to the file as JSON.
//
// A child's peak memory includes what its parent had when it called exec, so a small parent has to
// do it: an interpreter's own 15 MiB would hide the smaller runs.

#include <chrono>
#include <cstdio>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char* argv[])
{
    if (argc < 3)
    {
        std::fputs("usage: measure FILE COMMAND...\n", stderr);
        return 2;
    }
    const auto began = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child == 0)
    {
        execv(argv[2], argv + 2);
        std::perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    rusage usage{};
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
    {
        std::perror("measure");
        return 1;
    }
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
    const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec / 1e6; };
    std::FILE* out = std::fopen(argv[1], "w");
    if (!out)
    {
        std::perror(argv[1]);
        return 1;
    }
    std::fprintf(out,
                 "{\"wall_s\": %.6f, \"cpu_s\": %.6f, \"peak_mib\": %.3f}\n",
                 wall.count(),
                 seconds(usage.ru_utime) + seconds(usage.ru_stime),
                 usage.ru_maxrss / 1024.0);
    std::fclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
