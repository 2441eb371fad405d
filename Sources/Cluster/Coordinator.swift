import Files
import Tasks
import Foundation
import MPI
import Datasets
import RunStore
import Training

/// A stop that took longer than it was allowed to.
struct StopOverdue: Error, CustomStringConvertible {
  let seconds: Double
  var description: String {
    "the running folds did not stop within \(Int(seconds)) s: the job ends now, and goes on from "
      + "their earlier checkpoints, if there are any, when the same command is run again"
  }
}

/// Hands folds to groups, and is the only writer of the run directory's ledger and results.
///
/// It runs on a thread of rank 0 beside the training, and learns everything by messages.
final class Coordinator {
  let world: Communicator
  let plan: RunPlan
  let layout: RankGroups
  let directory: RunDirectory
  let ledger: LedgerWriter
  let stop: StopSignal
  var scheduler: TaskScheduler
  var progress: ProgressReporter
  private var heartbeat: Heartbeat
  var ended: Set<Int> = []
  /// What is said of the groups that are given up.
  var lost: [Int: String] = [:]
  var stopReason: String?
  /// When the stop was asked for, and the seconds that it may take.
  var stopTime: UInt64 = 0
  var stopBound: Double?
  /// Seconds of the longest step that any group has reported.
  var longestStep: Double?
  /// What could not be written.
  var failure: FileError?
  /// Folds whose last state could not be saved.
  var unsaved: [UnsavedFold] = []
  /// Why folds' checkpoints could not be read.
  var refusals = Refusals()
  /// Folds that failed by their own numbers, in earlier jobs too.
  var failed: [LedgerRecord.FoldFailed]
  /// Subjects of failed folds that start anew when a group gets them for the first time.
  private var anew: Set<String>
  /// Whether the user knows that mpirun may end the ranks before they have stopped.
  var saidHasty = false

  /// How a job ends.
  enum Ending { case complete, stopped, filesFailed, foldsFailed }

  init(
    world: Communicator, plan: RunPlan, layout: RankGroups, opening: RunOpening,
    ledger: LedgerWriter, stop: StopSignal, hosts: [String]
  ) {
    self.world = world
    self.plan = plan
    self.layout = layout
    directory = opening.directory
    self.ledger = ledger
    self.stop = stop
    let open = opening.open(plan)
    opening.claim.beginTraining()
    heartbeat = Heartbeat(opening.claim.lock, layout, hosts: hosts, deadline: world.deadline)
    scheduler = TaskScheduler(
      tasks: open.map { TaskIdentifier($0) }, groups: layout.groups.count)
    failed = opening.failed.standing
    let anew = Set(opening.failed.again.map(\.subject))
    self.anew = anew
    let work = open.map {
      (
        TaskIdentifier($0),
        Self.work(of: plan.folds[$0], anew: anew, plan, opening.directory)
      )
    }
    progress = ProgressReporter(
      folds: plan.folds.count, done: (opening.finished.count, failed.count),
      epochs: plan.configuration.training.epochs,
      estimate: TimeEstimate(
        tasks: Dictionary(uniqueKeysWithValues: work), groups: layout.groups.count),
      terminal: Terminal(stop.launcher))
    if !opening.finished.isEmpty {
      progress.say("going on: \(progress.done) of \(plan.folds.count) folds are finished")
    }
    for line in opening.failed.lines { progress.say("htnet: \(line)") }
  }

  /// Samples that a fold trains on in all, and those that its newest checkpoint has behind it.
  private static func work(
    of fold: Fold, anew: Set<String>, _ plan: RunPlan, _ directory: RunDirectory
  ) -> (samples: Int, done: Int) {
    let epochs = plan.configuration.training.epochs
    // An estimate needs no more than this; the group that reads the checkpoint says what is wrong.
    let newest =
      anew.contains(fold.subject)
      ? nil : (try? directory.checkpoints(fold.subject).manifest())?.generations.first
    let done = newest.map { plan.samples(of: fold, epoch: $0.epoch, batch: $0.batch) } ?? 0
    return (fold.trainClips.count * epochs, done)
  }

  /// Serves the groups until all have been told to end.
  ///
  /// - Throws: `MPIError`; `GroupsLost` when all other groups have stopped, or had the time to;
  ///   `StopOverdue`. What cannot be written ends the job in good order.
  func run() throws -> Ending {
    while ended.count < layout.groups.count {
      if !lost.isEmpty, ended.count + lost.count == layout.groups.count { throw giveUp() }
      if let signal = stop.received { try stopAll("\(signal) on rank 0", signal: signal) }
      // A patient signal's promise does not hold any more.
      if let signal = stop.hasty, !saidHasty { sayHasty("\(signal) on rank 0") }
      if let stopBound, Double(DispatchTime.now().uptimeNanoseconds - stopTime) * 1e-9 > stopBound {
        throw lost.isEmpty ? StopOverdue(seconds: stopBound) : giveUp()
      }
      let beat = heartbeat.beat()
      for news in beat.news { progress.say(news) }
      try noteLost(beat.lost)
      guard let message = try world.probe(tag: Tag.worker) else {
        progress.show()
        usleep(1000)
        continue
      }
      try handle(
        world.receive(WorkerMessage.self, from: message.rank, tag: Tag.worker), from: message.rank)
    }
    if scheduler.isComplete && failed.isEmpty && record(.runFinished(.init(time: Self.now))) {
      progress.say(
        "all \(plan.folds.count) folds are finished, \(ProgressReporter.duration(progress.seconds)) "
          + "in this job; \"htnet report \(directory.path)\" scores them")
      return .complete
    }
    return end()
  }

  private func handle(_ message: WorkerMessage, from rank: Int) throws {
    heartbeat.message(message)
    // It stops with the others.
    lost[message.group] = nil
    switch message {
    case .request(let group):
      switch scheduler.request(group: group) {
      case .lease(let lease):
        let subject = plan.folds[lease.task.index].subject
        // Before the ledger's line, after which the fold has not failed, and would go on.
        if anew.remove(subject) != nil { directory.checkpoints(subject).removeAll() }
        guard
          record(
            .foldStarted(
              .init(time: Self.now, subject: subject, ranks: Array(layout.groups[group]))))
        else {
          scheduler.giveBack(group: group)
          try stopAll(Self.cannotWrite)
          return try handle(message, from: rank)
        }
        progress.begin(group: group, lease.task, subject: subject)
        try world.send(message: Order.train(lease), to: rank, tag: Tag.order)
      case .wait:
        try world.send(message: Order.wait, to: rank, tag: Tag.order)
      case .finished:
        ended.insert(group)
        heartbeat.end(group: group)
        try world.send(message: Order.end, to: rank, tag: Tag.order)
      }
    case .resumed(let group, let epoch, let step, let samples):
      progress.resume(group: group, epoch: epoch, samples: samples)
      progress.say(
        "fold \(progress.running[group]?.subject ?? "") goes on after epoch \(epoch), step \(step)")
    case .progress(let group, let epoch, let loss, let samples, let elapsed, let seconds):
      longestStep = max(longestStep ?? 0, seconds)
      progress.advance(
        group: group, epoch: epoch, loss: loss, samples: samples, elapsed: elapsed)
      progress.show()
    case .finished(let group, let result, let seconds):
      guard keep(result, seconds: seconds) else {
        noteUnsaved(group)
        giveBack(group)
        return try stopAll(Self.cannotWrite)
      }
      progress.end(group: group, .finished)
      directory.checkpoints(result.subject).removeAll()
      _ = scheduler.complete(group: group)
      progress.say(
        "fold \(result.subject) finished, \(progress.done) of \(plan.folds.count): loss "
          + "\(ProgressReporter.decimals(result.losses.last ?? .nan, 4)), "
          + "\(ProgressReporter.decimals(seconds, 1)) s")
    case .failed(let group, let failure, let cpu, let kernel):
      try noteFailed(group, failure, cpu: cpu, kernel: kernel)
    case .stopped(let group, let isSaved, let signal):
      if !isSaved { noteUnsaved(group) }
      giveBack(group)
      let rank = layout.groups[group].lowerBound
      try stopAll(
        signal.map { "\($0) on rank \(rank)" } ?? "a signal on rank \(rank) or its group",
        signal: signal)
    case .cannotWrite(let group, let error):
      noteUnsaved(group)
      giveBack(group)
      fail(error)
      try stopAll(Self.cannotWrite)
    case .cannotRead(let group, let error):
      refuse(group, error)
    }
  }

  func giveBack(_ group: Int) {
    scheduler.giveBack(group: group)
    progress.end(group: group, .left)
  }

  static let cannotWrite = "results cannot be written"

  /// Writes a fold's result and, when it is on the disk, the ledger's word that it is done.
  private func keep(_ result: FoldResult, seconds: Double) -> Bool {
    attempt {
      let hash = try directory.write(result)
      try ledger.append(
        .foldFinished(
          .init(
            time: Self.now, subject: result.subject, seconds: seconds, resultSHA256: hash,
            weightsSHA256: result.weightsSHA256,
            weightsKept: plan.configuration.training.keepWeights)))
    }
  }

  func record(_ record: LedgerRecord) -> Bool { attempt { try ledger.append(record) } }

  private func attempt(_ write: () throws -> Void) -> Bool {
    do {
      try write()
      return true
    } catch {
      fail(error)
      return false
    }
  }

  /// Says loudly what to do about what cannot be written, which only the first failure needs.
  private func fail(_ error: any Error) {
    let cause = error as? FileError
    if failure == nil {
      progress.say(
        "htnet: \(error)\nhtnet: \(Self.cannotWrite); every finished fold is safe: "
          + "\(FileError.remedy(cause?.code)), then run the same command again")
    }
    failure = failure ?? cause ?? FileError(path: directory.path, operation: "write", code: EIO)
  }

  static var now: String { Date().formatted(.iso8601) }
}
