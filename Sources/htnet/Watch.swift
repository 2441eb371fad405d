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
      until the run is finished; q or Ctrl-C ends it, and the run goes on. Into a pipe or a file, with \
      --once or TERM=dumb, it shows the run once and ends.

      What it shows:
        whether a job runs, has stopped, hangs or has died, and since when
        trainings as cells: # finished, > running, . waiting, x failed, ~ left in the middle by a
          job that is over, + several of which some are finished
        for each running training its epoch, its loss and their curve, samples/s, ranks, hosts, and the
          epoch after which it went on from a checkpoint
        ETA and samples/s, as the job itself says in progress.json, and ranks that slow it down
        UF1 of the folds that are finished, with its 95% interval over subjects

      Colour goes with NO_COLOR=1. The status is 0 whatever state the run is in, 2 if there is no run. \
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
