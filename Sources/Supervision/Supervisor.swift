import Console
import Foundation
import Lifelines
import MPI
import RunStore
import Wording

/// Runs `htnet train` under mpirun again and again until the run is complete.
///
/// It judges by the run's ledger: mpirun's status is 0 after some crashes and not after some
/// successes. A job that does not move on is ended by its process ids. Bad input is not tried
/// again, unless a job of this supervisor has begun with it, and an mpirun that begins no job only
/// once. Neither are folds that failed by their own numbers.
public struct Supervisor {
  /// How jobs are started, and how often.
  public struct Options: Sendable {
    /// Jobs after the first.
    public var restarts: Int
    /// Ranks; nil: what mpirun takes by itself, under Slurm the whole allocation.
    public var ranks: Int?
    public var mpirunArguments: [String]
    /// Seconds without any progress after which a job counts as wedged.
    public var stallDeadline: Double

    public init(
      restarts: Int, ranks: Int?, mpirunArguments: [String], stallDeadline: Double
    ) {
      self.restarts = restarts
      self.ranks = ranks
      self.mpirunArguments = mpirunArguments
      self.stallDeadline = stallDeadline
    }
  }

  private let options: Options
  private let program: String
  private let command: [String]
  private let run: SupervisedRun

  /// Seconds in which mpirun clears away its ranks by itself.
  private static let clearingTime = 10.0
  /// Seconds after which an mpirun that has lost all that it had started does not end by itself: Open MPI's may
  /// hang when ranks die while they start.
  private static let loneTime = 10.0
  /// Seconds between two jobs, at most.
  private static let longestPause = 60.0
  /// Statuses of htnet itself; others are mpirun's or of a rank that died.
  private static let own = [
    ExitStatus.badInput, ExitStatus.failure, ExitStatus.inUse, ExitStatus.cannotWrite,
    ExitStatus.stopped, ExitStatus.foldsFailed,
  ]

  /// - Parameters:
  ///   - arguments: Of the program that a job runs on each rank: this one.
  ///   - run: Where the job keeps what it does.
  public init(_ arguments: [String], run: RunDirectory, _ options: Options) {
    self.options = options
    self.run = SupervisedRun(directory: run)
    program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    let ranks = options.ranks.map { ["-n", "\($0)"] } ?? []
    command =
      [Implementation.built.mpirun()] + Self.recovery
      + Implementation.built.silentHostOptions(besides: options.mpirunArguments)
      + ranks + options.mpirunArguments + [program] + arguments
  }

  /// A rank that dies costs the job that rank alone; then mpirun says 0 whatever happened, so rank 0 tells
  /// the supervisor itself what the job ended with.
  private static let recovery =
    Implementation.built == .openMPI ? ["--enable-recovery", "-x", SupervisorLine.variable] : []

  /// Why a job is no more.
  private enum End {
    case ended
    case wedged
  }

  /// - Returns: The status to exit with.
  public func supervise() -> Int32 {
    // The second SIGINT must not leave ranks behind.
    let running = RunningSession()
    let stop = StopSignal(atOnce: {
      running.killAll()
      _exit(ExitStatus.stopped)
    })
    let firstRecord = run.recordCount
    let hint = LaunchHint(options.mpirunArguments) { stop.received != nil }
    // The ranks of other hosts would wait for those that mpirun cannot start.
    if Implementation.built == .openMPI, let missing = hint.hostsWithout(program) {
      logger.error("\(missing)")
      return ExitStatus.badInput
    }
    if let signal = stop.received {
      say("stopped by \(signal); nothing was begun")
      return ExitStatus.stopped
    }
    /// With what was lost on the way, for those who read the end alone.
    func sayLast(_ text: String) { say(text + run.losses(since: firstRecord)) }
    let failedBefore = run.failedFolds
    var restarts = 0
    var failures = 0
    /// Jobs in succession that mpirun ended before they began.
    var unbegun = 0
    while true {
      let (folds, records, pulse) = (run.finishedFolds, run.recordCount, run.pulse)
      let begin = DispatchTime.now().uptimeNanoseconds
      var command = self.command
      // Who asks for failed folds means those of earlier jobs, each once.
      if restarts > 0 && run.hasBegun(failedBefore, since: firstRecord) {
        command = Self.withoutRetry(command)
      }
      let session: ProcessSession
      let line = SupervisorListener(startsAgain: restarts < options.restarts)
      do {
        session = try ProcessSession(
          command, mark: "\(getpid())-\(restarts + 1)",
          variables: line.map { [SupervisorLine.variable: $0.text] } ?? [:])
      } catch {
        logger.error("\(error)")
        return ExitStatus.badInput
      }
      running.set(session)
      say(
        "started job \(restarts + 1), process \(session.leader): \(command.joined(separator: " "))")
      let end = watch(session, stop, line)
      let launcherStatus = session.finish(within: end == .wedged ? 0 : Self.clearingTime) {
        say(
          "ending what is left of the job: processes \($0.map(String.init).joined(separator: ", "))"
        )
      }
      line?.look()
      let status = line?.status ?? launcherStatus
      running.set(nil)

      if run.isComplete(since: firstRecord) {
        sayLast("the run is complete" + (status == 0 ? "" : ", though mpirun ended with \(status)"))
        return ExitStatus.success
      }
      if let signal = stop.received {
        sayLast("stopped by \(signal); run the same command again to go on")
        return ExitStatus.stopped
      }
      // Another job would compute the same numbers.
      if status == ExitStatus.foldsFailed {
        sayLast("every other fold is finished: more restarts would not help")
        return status
      }
      // Input that a job has begun with cannot be wrong, only unreadable for a while. Our own job of a
      // moment ago may still hold the lock on another host; nobody else's will end.
      if status == ExitStatus.badInput && run.recordCount <= firstRecord
        || status == ExitStatus.inUse && restarts == 0
      {
        return status
      }
      if status == ExitStatus.cannotWrite && run.recordCount <= firstRecord {
        say("nothing was begun: more restarts would not help")
        return status
      }
      if end != .wedged && !Self.own.contains(status) && run.pulse == pulse {
        say(
          "mpirun ended before the run was opened, and says above why"
            + (Implementation.built == .mpich
              ? ""
              : hint.words(launcherStatus)))
        unbegun += 1
        if unbegun > 1 && records == firstRecord {
          say("mpirun failed to begin the run twice in succession: more restarts would not help")
          return ExitStatus.failure
        }
      } else {
        unbegun = 0
      }
      let cause =
        end == .wedged
        ? "made no progress"
        : status == 0 ? "ended before the run was complete" : "ended with status \(status)"
      guard restarts < options.restarts else {
        let used = counted(options.restarts, "restart") + (options.restarts == 1 ? " is" : " are")
        sayLast("the job \(cause), and \(used) used up")
        return Self.own.contains(status) ? status : ExitStatus.failure
      }
      restarts += 1
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
      let movedOn = run.finishedFolds > folds || seconds > Self.longestPause
      failures = movedOn ? 0 : failures + 1
      let pause = failures == 0 ? 0 : min(exp2(Double(min(failures, 10) - 1)), Self.longestPause)
      say("the job \(cause); restart \(restarts) of \(options.restarts) in \(Int(pause)) s")
      sleep(pause, unless: stop)
      if let signal = stop.received {
        sayLast("stopped by \(signal); run the same command again to go on")
        return ExitStatus.stopped
      }
    }
  }

  /// The same command without a wish to train failed folds again; the configuration file may hold one.
  private static func withoutRetry(_ command: [String]) -> [String] {
    let key = "training.retry_failed="
    return command.map { $0.hasPrefix(key) ? key + "false" : $0 }
      + (command.contains { $0.hasPrefix(key) } ? [] : ["--set", key + "false"])
  }

  /// Waits for the end of a job, passing on a wish to stop; gives up one that does not move on.
  private func watch(_ session: ProcessSession, _ stop: StopSignal, _ line: SupervisorListener?)
    -> End
  {
    var toldAt: UInt64?
    var pulse = run.pulse
    var movedOn = DispatchTime.now().uptimeNanoseconds
    var lastLook = movedOn
    var hasAsked = false
    var hasWarned = false
    var hasStarted = false
    var inCompany = movedOn
    while !session.leaderHasEnded {
      usleep(50_000)
      if let signal = stop.received, !hasAsked {
        hasAsked = true
        say(
          "\(signal): asking all ranks to stop after their step"
            + (signal == "SIGINT" ? "; a second Ctrl-C ends them at once" : ""))
        ask(session)
      }
      let now = DispatchTime.now().uptimeNanoseconds
      line?.look()
      if line?.status != nil, toldAt == nil { toldAt = now }
      // An mpirun that has lost a host does not end by itself.
      if let toldAt, Double(now - toldAt) * 1e-9 > Self.clearingTime { return .ended }
      guard Double(now - lastLook) * 1e-9 >= min(1, options.stallDeadline / 10) else { continue }
      lastLook = now
      if !session.leaderIsAlone { (hasStarted, inCompany) = (true, now) }
      if hasStarted, Double(now - inCompany) * 1e-9 > Self.loneTime {
        say("all that mpirun had started has ended, but mpirun has not")
        return .wedged
      }
      let newPulse = run.pulse
      if newPulse != pulse {
        pulse = newPulse
        movedOn = now
        hasWarned = false
      }
      let silence = Double(now - movedOn) * 1e-9
      if silence > options.stallDeadline { return .wedged }
      // The groups that are not wedged get the time to keep what they have.
      if silence > options.stallDeadline * 0.75 && !hasWarned {
        hasWarned = true
        say("no progress for \(Int(silence)) s: asking all ranks to stop before the job is ended")
        ask(session)
      }
    }
    return .ended
  }

  /// mpirun hands SIGUSR1 to every rank on every host at once; after SIGTERM it would kill them.
  private func ask(_ session: ProcessSession) { session.signalLeader(SIGUSR1) }

  private func sleep(_ seconds: Double, unless stop: StopSignal) {
    let start = DispatchTime.now().uptimeNanoseconds
    while stop.received == nil,
      Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 < seconds
    {
      usleep(50_000)
    }
  }

  private func say(_ text: String) { logger.notice("supervisor: \(text)") }
}
