import Files
import FoldScheduling
import Foundation
import HTNetModel
import MPI
import RunStore

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
  private let world: Communicator
  private let plan: RunPlan
  private let layout: GroupLayout
  private let directory: RunDirectory
  private let ledger: LedgerWriter
  private let stop: StopSignal
  private var scheduler: FoldScheduler
  private var progress: ProgressReporter
  private var heartbeat: Heartbeat
  private var ended: Set<Int> = []
  private var stopReason: String?
  /// When the stop was asked for, and the seconds that it may take.
  private var stopTime: UInt64 = 0
  private var stopBound: Double?
  /// Seconds of the longest step that any group has reported.
  private var longestStep: Double?
  /// What could not be written.
  private var failure: FileError?
  /// Folds whose last state could not be saved.
  private var unsaved: [UnsavedFold] = []

  /// How a job ends.
  enum Ending { case complete, stopped, filesFailed }

  init(
    world: Communicator, plan: RunPlan, layout: GroupLayout, opening: RunOpening,
    ledger: LedgerWriter, stop: StopSignal, hosts: [String]
  ) {
    self.world = world
    self.plan = plan
    self.layout = layout
    directory = opening.directory
    self.ledger = ledger
    self.stop = stop
    let open = plan.folds.indices.filter { !opening.finished.contains(plan.folds[$0].subject) }
    heartbeat = Heartbeat(opening.lock, layout, hosts: hosts, deadline: world.deadline)
    scheduler = FoldScheduler(
      tasks: open.map { TaskIdentifier($0) }, groups: layout.groups.count)
    let epochs = plan.configuration.training.epochs
    progress = ProgressReporter(
      folds: plan.folds.count, done: plan.folds.count - open.count, epochs: epochs,
      samplesLeft: open.reduce(0) { $0 + plan.folds[$1].trainClips.count * epochs })
    if !opening.finished.isEmpty {
      progress.say("going on: \(progress.done) of \(plan.folds.count) folds are finished")
    }
  }

  /// Serves the groups until all have been told to end.
  ///
  /// - Throws: `MPIError`, `GroupsLost`. What cannot be written ends the job in good order.
  func run() throws -> Ending {
    while ended.count < layout.groups.count {
      if let signal = stop.received { try stopAll("\(signal) on rank 0") }
      if let stopBound, Double(DispatchTime.now().uptimeNanoseconds - stopTime) * 1e-9 > stopBound {
        throw StopOverdue(seconds: stopBound)
      }
      for news in try heartbeat.beat() { progress.say(news) }
      guard let message = try world.probe(tag: Tag.worker) else {
        progress.show()
        usleep(1000)
        continue
      }
      try handle(
        world.receive(WorkerMessage.self, from: message.rank, tag: Tag.worker), from: message.rank)
    }
    if scheduler.isComplete && record(.runFinished(.init(time: Self.now))) {
      progress.say(
        "all \(plan.folds.count) folds are finished, \(ProgressReporter.duration(progress.seconds)) "
          + "in this job; \"htnet report \(directory.path)\" scores them")
      return .complete
    }
    let reasons = [stopReason, foldsAside].compactMap { $0 }
    let reason = reasons.isEmpty ? "no group is left" : reasons.joined(separator: "; ")
    // A job that does not say why it ended has crashed; that is all that is lost if this fails too.
    try? ledger.append(.jobStopped(.init(time: Self.now, reason: reason)))
    for fold in unsaved { progress.say("\(fold)") }
    progress.say(
      "stopped (\(reason)): \(progress.done) of \(plan.folds.count) folds are finished; run the "
        + "same command again to go on")
    // A job that was asked to stop goes on in the next one, whatever is set aside.
    if failure == nil && (stopReason != nil || scheduler.aside.isEmpty) { return .stopped }
    return .filesFailed
  }

  private func handle(_ message: WorkerMessage, from rank: Int) throws {
    heartbeat.message(message)
    switch message {
    case .request(let group):
      switch scheduler.request(group: group) {
      case .lease(let task):
        let subject = plan.folds[task.index].subject
        guard
          record(
            .foldStarted(
              .init(time: Self.now, subject: subject, ranks: Array(layout.groups[group]))))
        else {
          scheduler.giveBack(group: group)
          try stopAll(Self.cannotWrite)
          return try handle(message, from: rank)
        }
        progress.running[group] = .init(subject: subject)
        try world.send(message: Order.train(task.index), to: rank, tag: Tag.order)
      case .wait:
        try world.send(message: Order.wait, to: rank, tag: Tag.order)
      case .finished:
        ended.insert(group)
        heartbeat.end(group: group)
        try world.send(message: Order.end, to: rank, tag: Tag.order)
      }
    case .resumed(let group, let epoch, let step, let samples):
      progress.skip(group: group, epoch: epoch, samples: samples)
      progress.say(
        "fold \(progress.running[group]?.subject ?? "") goes on after epoch \(epoch), step \(step)")
    case .progress(let group, let epoch, let loss, let samples, let seconds):
      longestStep = max(longestStep ?? 0, seconds)
      progress.advance(group: group, epoch: epoch, loss: loss, samples: samples)
      progress.show()
    case .finished(let group, let result, let seconds):
      guard keep(result, seconds: seconds) else {
        noteUnsaved(group)
        giveBack(group)
        return try stopAll(Self.cannotWrite)
      }
      progress.end(group: group)
      directory.checkpoints(result.subject).removeAll()
      _ = scheduler.complete(group: group)
      progress.done += 1
      progress.say(
        "fold \(result.subject) finished, \(progress.done) of \(plan.folds.count): loss "
          + "\(ProgressReporter.decimals(result.losses.last ?? .nan, 4)), "
          + "\(ProgressReporter.decimals(seconds, 1)) s")
    case .stopped(let group, let isSaved):
      if !isSaved { noteUnsaved(group) }
      giveBack(group)
      try stopAll("a signal on rank \(layout.groups[group].lowerBound) or its group")
    case .cannotWrite(let group, let error):
      noteUnsaved(group)
      giveBack(group)
      fail(error)
      try stopAll(Self.cannotWrite)
    case .cannotRead(let group, let error):
      refuse(group, error)
    }
  }

  /// Leaves a fold, whose checkpoints a group cannot read, to the other groups; if nobody can read
  /// them, all go on without it in this job.
  private func refuse(_ group: Int, _ error: FileError) {
    guard let (task, refusals) = scheduler.refuse(group: group) else { return }
    let fold = plan.folds[task.index]
    progress.end(group: group)
    if scheduler.aside.contains(task) {
      progress.setAside(samples: fold.trainClips.count * plan.configuration.training.epochs)
      progress.say(
        "htnet: \(error)\nhtnet: fold \(fold.subject) is set aside in this job; "
          + CannotRead.remedyForCheckpoints(error))
    } else if refusals == 1 {
      progress.say(
        "htnet: warning: \(error); fold \(fold.subject) is left to other ranks than "
          + "\(layout.groups[group].lowerBound) and its group")
    }
  }

  /// The folds that are set aside; nil: there is none.
  private var foldsAside: String? {
    let subjects = scheduler.aside.sorted().map { plan.folds[$0.index].subject }
    guard !subjects.isEmpty else { return nil }
    return "\(counted(subjects.count, "fold")) set aside, as checkpoints cannot be read: "
      + subjects.joined(separator: ", ")
  }

  /// Remembers the fold that a group trains as one whose last state is lost.
  private func noteUnsaved(_ group: Int) {
    guard let subject = progress.running[group]?.subject else { return }
    unsaved.append(UnsavedFold(subject, directory.checkpoints(subject)))
  }

  private func giveBack(_ group: Int) {
    scheduler.giveBack(group: group)
    progress.end(group: group)
  }

  private static let cannotWrite = "results cannot be written"

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

  private func record(_ record: LedgerRecord) -> Bool { attempt { try ledger.append(record) } }

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

  /// Lets every group stop after its step; only the first reason counts.
  private func stopAll(_ reason: String) throws {
    guard stopReason == nil else { return }
    stopReason = reason
    stopTime = DispatchTime.now().uptimeNanoseconds
    let bound = try boundOfStop()
    stopBound = bound
    progress.say(
      "stopping after the running steps: \(reason); checkpoints are written and the job ends within "
        + "\(Int(bound)) s")
    for group in scheduler.leases.keys {
      try world.send([], to: layout.groups[group].lowerBound, tag: Tag.stop)
    }
    scheduler.stop()
  }

  /// Seconds that a stop may take: the running step and, at 50 MB/s over all groups, the state of
  /// every running fold; less than ranks that are done wait for the others.
  private func boundOfStop() throws -> Double {
    let weights = try HTNet(plan.configuration.model).layout.weightCount
    let bytes = 12 * Double(weights) * Double(scheduler.leases.count)
    let seconds = 30 + 4 * (longestStep ?? 30) + bytes / 50e6
    return min(seconds, 0.9 * world.deadline).rounded(.up)
  }

  static var now: String { Date().formatted(.iso8601) }
}
