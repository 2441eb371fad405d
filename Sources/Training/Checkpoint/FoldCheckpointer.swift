import Checkpointing
import Collectives
import Foundation
import MPI

/// Keeps the state of a running fold, and brings it back; one on every rank of a group.
///
/// With each step the ranks exchange a `StepNote`, and `CheckpointAgreement` says what follows from
/// them. After a step in which a checkpoint is agreed on, each rank copies what it owns and writes it in
/// the background (`SnapshotWriter`). When all have reported their files as durable, the leader writes
/// the manifest, which alone makes the generation count. `CheckpointResume` finds it again.
public final class FoldCheckpointer {
  /// Of the background threads: they give way to the training.
  private static let niceness = 10

  private let trainer: FoldTrainer
  private let store: CheckpointStore
  private let identity: CheckpointIdentity
  private let configuration: CheckpointConfiguration
  private let communicator: Communicator?
  private let confirm: @Sendable () -> Void
  private let warn: @Sendable (String) -> Void

  private var agreement: CheckpointAgreement
  private let snapshots: SnapshotWriter
  /// The leader's.
  private var committing: BackgroundTask<CheckpointManifest>?
  private var lastTaken = DispatchTime.now().uptimeNanoseconds
  private var hasSaidThatOneWaits = false
  /// Once the group has stopped: whether its state is on disk.
  public private(set) var isSaved = false
  /// Whether the group was to yield and trains on, since its state could not be saved.
  public private(set) var hasKept = false

  /// - Parameters:
  ///   - store: The fold's directory, which all ranks of the group see.
  ///   - memory: Reused from fold to fold.
  ///   - communicator: The group's ranks; nil: this process alone.
  ///   - confirm: Returns when no other group trains the fold in this one's place; called before a
  ///     generation counts, and before anything is removed.
  ///   - warn: Told what went wrong, on any thread.
  public init(
    _ trainer: FoldTrainer, store: CheckpointStore, identity: CheckpointIdentity,
    configuration: CheckpointConfiguration, memory: CheckpointMemory, communicator: Communicator?,
    confirm: @escaping @Sendable () -> Void = {}, warn: @escaping @Sendable (String) -> Void
  ) {
    self.confirm = confirm
    self.trainer = trainer
    self.store = store
    self.identity = identity
    self.configuration = configuration
    self.communicator = communicator
    self.warn = warn
    agreement = Self.agreement(
      of: trainer, configuration, manifest: identity.emptyManifest, next: 0)
    snapshots = SnapshotWriter(
      trainer, store: store, identity: identity, configuration: configuration, memory: memory)
  }

  private static func agreement(
    of trainer: FoldTrainer, _ configuration: CheckpointConfiguration,
    manifest: CheckpointManifest, next: Int
  ) -> CheckpointAgreement {
    let (group, count) = (trainer.group, trainer.model.layout.gradientCount)
    return CheckpointAgreement(
      rank: group.rank,
      elements: (0..<group.size).map { group.ownedElements(of: $0, count: count) },
      configuration: configuration, manifest: manifest, next: next)
  }

  private var isLeader: Bool { trainer.group.rank == 0 }

  /// Brings the trainer to the newest generation that every rank can read whole. Collective; before
  /// anything is trained.
  ///
  /// - Returns: Where the fold stands; nil: at its beginning.
  /// - Throws: As `CheckpointResume.run`.
  public func resume() throws -> FoldProgress? {
    let found = try CheckpointResume(
      trainer: trainer, store: store, identity: identity, communicator: communicator,
      confirm: confirm, warn: warn
    ).run()
    agreement = Self.agreement(
      of: trainer, configuration, manifest: found.manifest, next: found.next)
    lastTaken = DispatchTime.now().uptimeNanoseconds
    return found.progress
  }

  /// What this rank tells the others with its next step.
  ///
  /// - Parameters:
  ///   - stops: Whether this rank has been asked to stop.
  ///   - yields: Whether it has been asked to leave the fold to another group.
  public func note(stops: Bool, yields: Bool = false) -> StepNote {
    if let outcome = snapshots.takeOutcome() { hasWritten(outcome) }
    if let outcome = committing?.result { hasCommitted(outcome) }
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - lastTaken) * 1e-9
    return agreement.note(
      stops: stops, yields: yields && !hasKept, isDue: seconds >= Double(configuration.everySeconds)
    )
  }

  /// Whether an earlier checkpoint was still being written when the last note was asked for.
  public var isBusy: Bool { agreement.isBusy }

  /// Does what the ranks have agreed on. The same on all ranks; collective if the group stops.
  ///
  /// - Parameter notes: Everyone's of the step, in order of rank.
  /// - Returns: Whether the group stops; its state is on disk then, if that was possible.
  /// - Throws: `MPIError`, `StepNoteError`.
  public func afterStep(_ notes: [StepNote]) throws -> FoldTrainer.Continuation {
    carryOut(agreement.verdict(on: notes))
    switch CheckpointAgreement.decision(on: notes) {
    case .goOn: return .goOn
    case .take(let kind):
      start(kind, niceness: Self.niceness)
      return .goOn
    case .wait:
      if isLeader && !hasSaidThatOneWaits && configuration.everySeconds > 0 {
        warn(
          "fold \(identity.task): the last checkpoint is still being written after "
            + "\(configuration.everySeconds) s, so the next one waits; raise "
            + "checkpoint.every_seconds")
        hasSaidThatOneWaits = true
      }
      return .goOn
    case .stop:
      try writeLast()
      return .stop
    case .yield:
      try writeLast()
      // The leader alone knows whether it counts.
      if try trainer.group.allGather(isSaved ? 1 : 0 as UInt8)[0] == 1 { return .stop }
      hasKept = true
      return .goOn
    }
  }

  /// Ends all writing, since the fold is done. Collective.
  public func finish() throws {
    leave()
    try communicator?.barrier()
  }

  /// Ends all writing of this rank, since others go on with the fold.
  public func leave() {
    snapshots.cancel()
    _ = committing?.wait()
  }

  /// Ends all writing, since the fold has failed. What counts stays, for whoever looks for the cause.
  /// Collective.
  public func abandon() throws {
    try finish()
    guard isLeader else { return }
    confirm()
    do {
      store.removeLeftovers(besides: try store.manifest())
    } catch {
      // Nobody can say what counts: everything stays.
    }
  }

  // MARK: - One checkpoint

  /// Copies the state and starts to write it.
  private func start(_ kind: CheckpointKind, niceness: Int) {
    let progress = trainer.progress
    let generation = CheckpointManifest.Generation(
      number: agreement.next, time: Date().formatted(.iso8601), steps: progress.steps,
      epoch: progress.epoch, batch: progress.batch, base: agreement.base(of: kind),
      cpu: identity.cpu, kernel: identity.kernel, parts: [])
    snapshots.start(generation: generation.number, base: generation.base, niceness: niceness)
    agreement.begin(generation)
    lastTaken = DispatchTime.now().uptimeNanoseconds
    hasSaidThatOneWaits = false
  }

  private func hasWritten(_ outcome: SnapshotWriter.Outcome) {
    agreement.hasWritten(success(of: outcome))
  }

  private func hasCommitted(_ outcome: Result<CheckpointManifest, any Error>) {
    committing = nil
    agreement.hasCommitted(success(of: outcome))
  }

  /// What came of it; a failure is told.
  private func success<Success>(of outcome: Result<Success, any Error>) -> Success? {
    switch outcome {
    case .success(let value): return value
    case .failure(let error):
      warn("\(error): \(loss)")
      return nil
    }
  }

  /// What a checkpoint that fails means. Ranks that are not the leader do not learn which ones count.
  private var loss: String {
    let lost = "this checkpoint is lost"
    if !agreement.manifest.generations.isEmpty { return lost + ", the earlier ones stand" }
    return isLeader ? lost + ", and there is no earlier one" : lost
  }

  private func carryOut(_ verdict: CheckpointAgreement.Verdict?) {
    switch verdict {
    case nil: break
    case .giveUp(let generation):
      // Whoever failed has said so. Nobody writes it any more, and the others' parts would fill the
      // disk.
      confirm()
      store.giveUp(generation: generation)
    case .commit(let manifest):
      committing = BackgroundTask { [store, confirm] in
        confirm()
        try store.commit(manifest)
        return manifest
      }
    }
  }

  /// Writes the state as it is now and waits until it counts. Collective.
  private func writeLast() throws {
    // A checkpoint that is under way counts first: it stands if the last one cannot be written.
    try settle()
    start(.full, niceness: 0)
    try settle()
    guard isLeader else { return }
    // As the disk says: a manifest may be there although its directory could not be synced.
    isSaved = ((try? store.manifest()) ?? agreement.manifest)[agreement.next - 1] != nil
  }

  /// Waits until all that is being written is on disk, and lets it count. Collective.
  private func settle() throws {
    if let outcome = snapshots.waitForOutcome() { hasWritten(outcome) }
    if let outcome = committing?.wait() { hasCommitted(outcome) }
    carryOut(agreement.verdict(on: try trainer.group.allGather(agreement.note())))
    if let outcome = committing?.wait() { hasCommitted(outcome) }
  }
}
