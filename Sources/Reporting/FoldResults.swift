import Evaluation
import RunStore
import Tasks

/// A finished fold, and what each protocol says of its clips.
struct FoldResults: Sendable {
  /// The result of the training on all training subjects.
  let outer: TaskResult
  let rows: [Report.Row]
  /// Protocols that took the last epoch for a later one that they chose.
  let cut: [EvaluationProtocol]
  /// Of the test clips, as many of the last epochs as the result has.
  let curve: EpochCurve
  /// Of the training subjects that inner trainings held out, at the epoch that `nested` chose; nil: it is not
  /// among the protocols.
  let heldOutUF1: Double?
  /// Trainings that held some of the training subjects out, and what they took these for.
  let inner: [(result: TaskResult, curve: EpochCurve)]

  /// - Parameters:
  ///   - inner: Results of all trainings that held some of the training subjects out.
  ///   - clips: The fold's test clips.
  ///   - files: Where each result comes from, for messages.
  /// - Throws: `RunError` if a result does not fit what the ledger says of its clips.
  init(
    _ outer: TaskResult, inner: [TaskResult], clips: [LedgerRecord.ClipTruth],
    _ job: LedgerRecord.JobStarted, files: [TaskKey: String]
  ) throws {
    self.outer = outer
    func error(_ reason: String) -> RunError { RunError(files[outer.task] ?? "", reason) }
    if outer.logitsOfEveryEpoch == nil, let name = job.protocols.first(where: \.needsEveryEpoch) {
      throw error(
        "has the logits of its last epoch alone, and \(name.rawValue) needs those of every epoch")
    }
    let epochs = outer.logitsOfEveryEpoch ?? [outer.logits]
    let firstEpoch = outer.losses.count - epochs.count + 1
    guard Self.fits(outer, clips, job),
      firstEpoch == 1 || outer.logitsOfEveryEpoch == nil
    else { throw error("does not have \(job.classes) logits for each clip of its subject") }
    let held = try inner.map { try Self.evidence($0, job, file: files[$0.task] ?? "") }
    let evidence = FoldEvidence(
      logitsOfEveryEpoch: epochs, truth: clips.map(\.truth), inner: held)
    let answers = job.protocols.map { $0.answer(evidence) }
    heldOutUF1 = answers.lazy.compactMap(\.heldOutUF1).first
    cut = zip(job.protocols, answers).filter(\.1.isCut).map(\.0)
    rows = clips.indices.map { clip in
      Report.Row(
        clip: clips[clip],
        answers: answers.map { .init(epoch: firstEpoch + $0.epoch, logits: $0.logits[clip]) })
    }
    curve = EpochCurve(epochs, truth: evidence.truth)
    self.inner = zip(inner, held).map {
      ($0, EpochCurve($1.logitsOfEveryEpoch, truth: $1.truth))
    }
  }

  /// What an inner training says of the held-out clips and, if it was asked, of the test clips.
  private static func evidence(
    _ result: TaskResult, _ job: LedgerRecord.JobStarted, file: String
  ) throws -> FoldEvidence.Inner {
    let places = result.places ?? []
    guard !places.isEmpty, places.allSatisfy(job.clips.indices.contains),
      fits(result, places.map { job.clips[$0] }, job), let epochs = result.logitsOfEveryEpoch
    else {
      throw RunError(file, "does not have \(job.classes) logits for each clip that it held out")
    }
    let held = places.indices.filter { job.clips[places[$0]].fold != result.task.split }
    let tested = places.indices.filter { job.clips[places[$0]].fold == result.task.split }
    let pick = { (rows: [Int]) in epochs.map { logits in rows.map { logits[$0] } } }
    return FoldEvidence.Inner(
      logitsOfEveryEpoch: pick(held), truth: held.map { job.clips[places[$0]].truth },
      testLogits: tested.isEmpty ? nil : pick(tested))
  }

  /// Whether a result has logits of these clips, in all its epochs.
  private static func fits(
    _ result: TaskResult, _ clips: [LedgerRecord.ClipTruth], _ job: LedgerRecord.JobStarted
  ) -> Bool {
    let epochs = result.logitsOfEveryEpoch ?? [result.logits]
    return clips.map(\.clip) == result.clips && !result.logits.isEmpty
      && epochs.last == result.logits
      && epochs.allSatisfy { logits in
        logits.count == clips.count && logits.allSatisfy { $0.count == job.classes }
      }
  }
}
