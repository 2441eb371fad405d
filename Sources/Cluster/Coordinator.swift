import Console
import Files
import Foundation
import Job
import Lifelines
import Logging
import MPI
import RunStore
import Tasks
import Training
import Wording

/// Hands folds to groups, and is the only writer of the run directory's ledger and results.
///
/// It runs on a thread of rank 0 beside the training, and learns everything by messages. Who trains what
/// is `TaskScheduler`'s to say, what is written is `Journal`'s, when the job must end is `StopClock`'s
/// and `Heartbeat`'s, and what people see is `ProgressReporter`'s.
final class Coordinator {
  let plan: RunPlan
  let inbox: CoordinatorInbox
  let journal: Journal
  let stop: StopSignal
  let lifelines: Lifelines
  /// Of all ranks.
  let hosts: [String]
  /// When ranks were lost last.
  var lostAt = 0.0
  /// Ranks whose process has ended.
  var endedRanks = 0
  /// Of all losses, for the end of the job.
  var lostRanks: [LedgerRecord.RankLost] = []
  var scheduler: TaskScheduler
  var progress: ProgressReporter
  var clock = StopClock()
  var heartbeat: Heartbeat
  /// What is said of the groups that are given up.
  var lost: [Int: String] = [:]
  /// Seconds of the longest step that any group has reported.
  private(set) var longestStep: Double?
  /// Folds whose last state could not be saved.
  var unsaved: [UnsavedFold] = []
  /// Why folds' checkpoints could not be read.
  var refusals = Refusals()
  /// Folds that failed by their own numbers, in earlier jobs too.
  var failed: [LedgerRecord.FoldFailed]
  /// Failed folds that start anew when a group gets them for the first time.
  var anew: Set<TaskKey>
  /// When each task's group was asked to yield, until another goes on with it.
  var yieldedAt: [TaskKey: Double] = [:]
  /// When groups were asked last.
  var lastChange = 0.0
  /// Seconds that a group loses when it yields: what was seen last, and at first an assumption.
  var costOfYield: Double
  var lookedAtGroups = 0.0
  /// How many times groups have changed, as far as the parts around the scheduler know.
  var knownFormations = 0
  /// Whether the user knows that mpirun may end the ranks before they have stopped.
  var saidHasty = false
  /// Which ranks slow the job down.
  var stragglers: Stragglers
  var epochs: EpochLog
  var progressFile: ProgressFile

  /// Microseconds between two looks for messages, just after one that is followed by another and when none
  /// has come for long: what it costs, and what a group waits.
  private static let nap: (least: UInt32, most: UInt32) = (1000, 32_000)
  /// Seconds between two looks at all else, where no message asks for one.
  private static let lookInterval = 0.1

  /// How a job ends.
  enum Ending {
    case complete, stopped, filesFailed, foldsFailed

    /// The program's status.
    var status: Int32 {
      switch self {
      case .complete: ExitStatus.success
      case .stopped: ExitStatus.stopped
      case .filesFailed: ExitStatus.cannotWrite
      case .foldsFailed: ExitStatus.foldsFailed
      }
    }
  }

  init(
    world: Communicator, lifelines: Lifelines, plan: RunPlan, layout: RankGroups,
    opening: RunOpening, ledger: LedgerWriter, threads: Int, stop: StopSignal, hosts: [String],
    costOfYield: Double
  ) throws {
    self.costOfYield = costOfYield
    self.plan = plan
    self.lifelines = lifelines
    self.hosts = hosts
    inbox = CoordinatorInbox(world: world, lifelines: lifelines)
    journal = Journal(opening.directory, ledger)
    epochs = EpochLog(opening.directory, plan)
    progressFile = ProgressFile(opening.directory, hosts: hosts)
    self.stop = stop
    stragglers = Stragglers(count: layout.groups.reduce(0) { $0 + $1.ranks.count })
    opening.claim.beginTraining()
    heartbeat = Heartbeat(
      opening.claim.lock, layout.groups, hosts: hosts, deadline: world.deadline,
      patience: Self.patience(stop.launcher, deadline: world.deadline))
    let open = opening.open(plan)
    scheduler = TaskScheduler(
      tasks: open.map(\.key), groups: layout.groups, isElastic: layout.isElastic)
    failed = opening.failed.standing
    let anew = Set(opening.failed.again.map(\.task))
    self.anew = anew
    progress = ProgressReporter(
      unit: plan.unit, tasks: plan.tasks.count, done: (opening.finished.count, failed.count),
      estimate: try TimeEstimate(
        open, anew: anew, plan, layout, opening.directory,
        earlier: opening.earlierSpeeds(plan, threads: threads)))
    if !opening.finished.isEmpty {
      logger.notice("going on: \(progress.done) of \(plan.tasks.count) \(plan.unit)s are finished")
    }
    for line in opening.failed.lines { logger.notice("\(line)") }
  }

  /// Serves the groups until all have been told to end, and ends the job.
  ///
  /// - Throws: `MPIError`; `GroupsLost` when all other groups have stopped, or had the time to;
  ///   `RanksLost`; `StopOverdue`. What cannot be written ends the job in good order.
  func run() throws -> Ending {
    beginWithLosses()
    try serve()
    if scheduler.hasLost, !scheduler.isOver, !scheduler.isStopping, scheduler.aside.isEmpty {
      throw RanksLost(reason: "no rank is left to train with")
    }
    let ending = conclude()
    // Not before an error: a file server that hangs would keep a job from ending at once.
    epochs.flush()
    progressFile.remove()
    return ending
  }

  /// Does what the groups ask for until all have been told to end.
  private func serve() throws {
    var nap = Self.nap.least
    var looked = -Double.infinity
    while scheduler.hasGroups {
      if progress.seconds - looked >= Self.lookInterval {
        looked = progress.seconds
        try lookAround()
      }
      try noteLosses()
      guard let (sender, message) = try inbox.next() else {
        progress.show()
        usleep(nap)
        nap = min(2 * nap, Self.nap.most)
        continue
      }
      try handle(message, from: sender)
      // Nobody waits after a report.
      if case .progress = message { continue }
      nap = Self.nap.least
      looked = -Double.infinity
    }
  }

  /// What no message asks for: a signal, a deadline, groups that are silent, other groups, files for people.
  private func lookAround() throws {
    if !lost.isEmpty, scheduler.awaited.isEmpty,
      scheduler.groups.keys.allSatisfy({ lost[$0] != nil })
    {
      throw giveUp()
    }
    if let signal = stop.received { try stopAll("\(signal) on rank 0", signal: signal) }
    // A patient signal's promise does not hold any more.
    if let signal = stop.hasty, !saidHasty { sayHasty("\(signal) on rank 0") }
    if clock.isOverdue { throw lost.isEmpty ? overdue : giveUp() }
    let beat = heartbeat.beat { progress.standing(of: $0) }
    for news in beat.news { logger.warning("\(news)") }
    for answer in beat.answers { logger.notice("\(answer)") }
    let silent = heartbeat.silent
    progress.silent = Set(silent.keys)
    try noteLost(beat.lost)
    try regroup()
    epochs.flushIfDue()
    progressFile.writeIfDue(scheduler.groups.values, scheduler.leases, progress, silent: silent)
  }

  /// All groups have been told to end.
  private func conclude() -> Ending {
    if scheduler.isComplete && failed.isEmpty
      && journal.record(.runFinished(.init(time: LedgerRecord.now)))
    {
      logger.notice(
        """
        \(plan.tasks.count == 1 ? "the \(plan.unit) is" : "all \(plan.tasks.count) \(plan.unit)s are") \
        finished, \(duration(progress.seconds)) in this job; \
        "htnet report \(journal.directory.path)" scores them\(losses)
        """, metadata: ["event": "run-finished"])
      return .complete
    }
    return end()
  }

  func handle(_ message: WorkerMessage, from leader: Int) throws {
    if case .survived = message { return try noteSurvivor(leader) }
    guard scheduler.knows(group: message.group) else { return }
    heartbeat.message(message)
    // It stops with the others.
    lost[message.group] = nil
    switch message {
    case .request(let group): try answer(group, leader)
    case .resumed(let group, let epoch, let step, let samples, let losses):
      progress.resume(
        group: group, epoch: FoldContinuation.checkpoint(epoch: epoch, step: step).epoch ?? 0,
        samples: samples)
      guard let task = scheduler.leases[group]?.task else { return }
      epochs.begin(task, losses: losses)
      progressFile.resume(task, after: epoch)
      let size = scheduler.groups[group]?.ranks.count ?? 1
      let with = noteResumed(task) ? " on \(counted(size, "rank"))" : ""
      logger.notice(
        "fold \(task) goes on after epoch \(epoch), step \(step)\(with)",
        metadata: .event("fold-resumed", task, ["epoch": .stringConvertible(epoch)]))
    case .progress(let report):
      longestStep = max(longestStep ?? 0, report.seconds)
      if let task = scheduler.leases[report.group]?.task { epochs.add(report.epochs, of: task) }
      // The end of an epoch alone says nothing of the speed.
      if report.samples > 0 { progress.advance(report) }
      progress.show()
      noteTimes(report.times, of: report.group)
    case .finished(let group, let result, let seconds): try finish(group, result, seconds: seconds)
    case .failed(let group, let failure, let cpu, let kernel):
      try noteFailed(group, failure, cpu: cpu, kernel: kernel)
    case .stopped(let group, let isSaved, let signal):
      if !isSaved { noteUnsaved(group) }
      let task = scheduler.leases[group]?.task
      giveBack(group)
      try stopAll(
        signal.map { "\($0) on rank \(leader)" } ?? "a signal on rank \(leader) or its group",
        signal: signal, stopped: task)
    case .yielded(let group): noteYielded(group)
    case .survived: break
    case .kept(let group):
      scheduler.keep(group: group)
      followGroups()
      logger.warning(
        """
        group \(group) goes on with its fold, whose state cannot be saved for another group: no \
        further ranks join others in this job
        """)
    case .cannotWrite(let group, let error):
      noteUnsaved(group)
      giveBack(group)
      journal.fail(error)
      try stopAll(Journal.cannotWrite)
    case .cannotRead(let group, let error): refuse(group, error, leader: leader)
    }
  }
}
