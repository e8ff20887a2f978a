// Entry of the program: watches signals, runs the command line, leaves with its exit code.

import Glibc

ProcessEnd.watchSignals()
exit(Program(console: Console()).run(Array(CommandLine.arguments.dropFirst())))
