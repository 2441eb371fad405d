import ArgumentParser
import Foundation
import RunStore
import Watching

struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Shows how a run does while it trains.",
    discussion: """
      Reads the run directory alone and writes nothing, so it may run on any host that sees the \
      directory, as often as you like, by ssh too. On a terminal the view renews itself twice a second \
      until the run is finished; q or Ctrl-C ends the view alone, never the run. Into a pipe or a file, with \
      --once or TERM=dumb, it shows the run once and ends.

      What it shows:
        whether a job runs, has stopped, hangs or has died, and since when
        each training as a cell: # finished, > running, . waiting, x failed,
          ~ begun, and trained by nobody now, + several, some of them finished
        of each running training its epoch, its loss with the curve so far,
          samples/s, ranks, hosts (from 100 columns on), and the epoch after
          which it went on from a checkpoint
        ETA and samples/s, as the job itself says, slow ranks and lost ones
        UF1 of the finished folds, with its 95% interval over subjects

      NO_COLOR=1 leaves colour out. The status is 0 whatever state the run is in, 2 if there is no run. \
      docs/watching.md describes the files, for tools of your own, and TensorBoard:
        tensorboard --logdir RUN/tensorboard

      Examples:
        htnet watch runs/small
        ssh cluster htnet watch /shared/runs/small --once
        htnet watch runs/small | head -3
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var directory: String

  @Flag(help: "Shows the run once, on a terminal too.")
  var once = false

  func run() throws {
    let view = try LiveView(
      RunWatch(RunDirectory(directory)), variables: ProcessInfo.processInfo.environment)
    guard once else { return try view.run { print($0) } }
    for line in try view.snapshot() { print(line) }
  }
}
