import Checkpointing
import Foundation
import Collectives
import MPI

/// Keeps the state of a running fold, and brings it back; one on every rank of a group.
///
/// With each step the ranks exchange a `CheckpointNote`. When the leader wishes for a checkpoint and
/// nobody is busy with the last one, all copy what they own after that step, and a background thread
/// on each compresses and writes it. When all have reported their files as durable, the leader writes
/// the manifest, which alone makes the generation count.
public final class FoldCheckpointer {
  /// Generations in a row that are tried as differences before the next full checkpoint.
  private static let differencesInARow = 4
  /// Of the background threads: they give way to the training.
  private static let niceness = 10

  let trainer: FoldTrainer
  let store: CheckpointStore
  let identity: CheckpointIdentity
  private let configuration: CheckpointConfiguration
  private let memory: CheckpointMemory
  let communicator: Communicator?
  let warn: @Sendable (String) -> Void

  /// Number of the next generation, the same on all ranks.
  var number = 0
  /// The last full generation that was taken; its planes are the base.
  private var lastFull: Int?
  private var writing: (generation: Int, task: BackgroundTask<CheckpointNote.Receipt>)?
  private var receipt: CheckpointNote.Receipt?
  private let isCancelled = CancelFlag()

  // The leader's own.
  var manifest: CheckpointManifest
  private var pending: CheckpointManifest.Generation?
  private var committing: BackgroundTask<CheckpointManifest>?
  var lastTaken = DispatchTime.now().uptimeNanoseconds
  private var saysSkipped = true
  /// Once the group has stopped: whether its state is on disk.
  public private(set) var isSaved = false

  /// - Parameters:
  ///   - store: The fold's directory, which all ranks of the group see.
  ///   - memory: Reused from fold to fold.
  ///   - communicator: The group's ranks; nil: this process alone.
  ///   - warn: Told what went wrong, on any thread.
  public init(
    _ trainer: FoldTrainer, store: CheckpointStore, identity: CheckpointIdentity,
    configuration: CheckpointConfiguration, memory: CheckpointMemory, communicator: Communicator?,
    warn: @escaping @Sendable (String) -> Void
  ) {
    self.trainer = trainer
    self.store = store
    self.identity = identity
    self.configuration = configuration
    self.memory = memory
    self.communicator = communicator
    self.warn = warn
    manifest = CheckpointManifest(
      subject: identity.subject, configurationSHA256: identity.configurationSHA256,
      dataSHA256: identity.dataSHA256, generations: [])
  }

  var isLeader: Bool { trainer.group.rank == 0 }
  var threads: Int { trainer.context.threads.threads }

  // MARK: - While training

  /// What this rank tells the others with its next step.
  ///
  /// - Parameter stops: Whether this rank has been asked to stop.
  public func notes(stops: Bool) -> [Double] {
    collect()
    var note = CheckpointNote()
    note.stops = stops
    note.isBusy = isBusy
    note.receipt = receipt
    if isLeader {
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - lastTaken) * 1e-9
      if seconds >= Double(configuration.everySeconds) {
        note.wish = takesDifference ? .difference : .full
      }
    }
    return note.numbers
  }

  /// Whether an earlier checkpoint was still being written when the last notes were asked for.
  public var isBusy: Bool { writing != nil || pending != nil || committing != nil }

  /// Does what the ranks have agreed on. The same on all ranks; collective if the group stops.
  ///
  /// - Parameter everyones: The notes of the step, in order of rank.
  /// - Returns: Whether the group stops; its state is on disk then, if that was possible.
  /// - Throws: `MPIError`.
  public func afterStep(_ everyones: [[Double]]) throws -> FoldTrainer.Continuation {
    let notes = everyones.map(CheckpointNote.init(numbers:))
    if isLeader { startCommit(notes.map(\.receipt)) }
    if notes.contains(where: \.stops) {
      try writeLast()
      return .stop
    }
    guard notes[0].wish != .nothing else { return .goOn }
    if notes.contains(where: \.isBusy) {
      if isLeader && saysSkipped && configuration.everySeconds > 0 {
        warn(
          "fold \(identity.subject): the last checkpoint is still being written after "
            + "\(configuration.everySeconds) s, so the next one waits; raise "
            + "checkpoint.every_seconds")
        saysSkipped = false
      }
      return .goOn
    }
    start(isDifference: notes[0].wish == .difference, niceness: Self.niceness)
    return .goOn
  }

  /// Ends all writing, since the fold is done. Collective.
  public func finish() throws {
    isCancelled.set()
    _ = writing?.task.wait()
    _ = committing?.wait()
    _ = try trainer.group.share([0])
  }

  /// Ends all writing, since the fold has failed. What counts stays, for whoever looks for the cause.
  /// Collective.
  public func abandon() throws {
    try finish()
    guard isLeader else { return }
    do {
      store.removeLeftovers(besides: try store.manifest())
    } catch {
      // Nobody can say what counts: everything stays.
    }
  }

  /// Notes what has ended in the background.
  private func collect() {
    if let (generation, task) = writing, let result = task.result {
      receipt = received(result, generation: generation)
      writing = nil
    }
    if let result = committing?.result { collect(result) }
  }

  private func received(
    _ result: Result<CheckpointNote.Receipt, any Error>, generation: Int
  ) -> CheckpointNote.Receipt {
    switch result {
    case .success(let receipt): return receipt
    case .failure(let error):
      warn("\(error): \(loss)")
      return CheckpointNote.Receipt(generation: generation, bytes: 0, sha256: "")
    }
  }

  private func collect(_ result: Result<CheckpointManifest, any Error>) {
    switch result {
    case .success(let manifest): self.manifest = manifest
    case .failure(let error): warn("\(error): \(loss)")
    }
    committing = nil
  }

  /// What a checkpoint that fails means. Ranks that are not the leader do not learn which ones count.
  private var loss: String {
    let lost = "this checkpoint is lost"
    if !manifest.generations.isEmpty { return lost + ", the earlier ones stand" }
    return isLeader ? lost + ", and there is no earlier one" : lost
  }

  /// Whether the next checkpoint can be a difference.
  private var takesDifference: Bool {
    guard configuration.delta, let lastFull, manifest[lastFull] != nil else { return false }
    return number - lastFull <= Self.differencesInARow
  }

  /// Copies the state and starts to write it.
  private func start(isDifference: Bool, niceness: Int) {
    let group = trainer.group
    let count = trainer.model.layout.gradientCount
    let base = isDifference ? lastFull : nil
    let snapshot = StateSnapshot(
      identity: identity, generation: number, base: base, part: group.rank, parts: group.size,
      elements: group.ownedElements(of: group.rank, count: count))
    let content = snapshot.take(trainer, into: memory.next)
    let baseBuffer = base.map { _ in memory.base }
    if configuration.delta && base == nil {
      memory.keepAsBase()
      lastFull = number
    }
    let (number, threads, level) = (number, threads, configuration.compressionLevel)
    let path = store.partPath(generation: number, part: group.rank, of: group.size)
    let isCancelled = isCancelled
    writing = (
      number,
      BackgroundTask(niceness: niceness) { [store] in
        try store.prepare()
        if let baseBuffer {
          content.subtract(baseBuffer, threads: threads)
        }
        let (bytes, sha256) = try content.write(
          to: path, level: level, threads: threads,
          isCancelled: { isCancelled.isSet })
        return CheckpointNote.Receipt(generation: number, bytes: bytes, sha256: sha256)
      }
    )
    if isLeader {
      let progress = trainer.progress
      pending = CheckpointManifest.Generation(
        number: number, time: Date().formatted(.iso8601), steps: progress.steps,
        epoch: progress.epoch, batch: progress.batch, base: base, cpu: identity.cpu,
        kernel: identity.kernel, parts: [])
      lastTaken = DispatchTime.now().uptimeNanoseconds
      saysSkipped = true
    }
    self.number += 1
  }

  /// Lets the leader write the manifest once every rank's part of the pending generation is durable.
  private func startCommit(_ receipts: [CheckpointNote.Receipt?]) {
    guard var generation = pending,
      receipts.allSatisfy({ $0?.generation == generation.number })
    else { return }
    pending = nil
    // Whoever failed has said so.
    guard receipts.allSatisfy({ $0?.bytes ?? 0 > 0 }) else {
      // Nobody writes it any more, and the others' parts would fill the disk.
      store.giveUp(generation: generation.number)
      return
    }
    let count = trainer.model.layout.gradientCount
    generation.parts = receipts.enumerated().compactMap { rank, receipt in
      receipt.map {
        CheckpointManifest.Part(
          file: CheckpointStore.fileName(
            generation: generation.number, part: rank, of: receipts.count), bytes: $0.bytes,
          sha256: $0.sha256, elements: trainer.group.ownedElements(of: rank, count: count))
      }
    }
    let manifest = manifest.adding(generation, keep: configuration.keep)
    let store = store
    committing = BackgroundTask {
      try store.commit(manifest)
      return manifest
    }
  }

  /// Writes the state as it is now and waits until it counts. Collective.
  private func writeLast() throws {
    // A checkpoint that is under way counts first: it stands if the last one cannot be written.
    try settle()
    start(isDifference: false, niceness: 0)
    try settle()
    guard isLeader else { return }
    // As the disk says: a manifest may be there although its directory could not be synced.
    isSaved = ((try? store.manifest()) ?? manifest)[number - 1] != nil
  }

  /// Waits until all that is being written is on disk, and lets it count. Collective.
  private func settle() throws {
    if let (generation, task) = writing {
      receipt = received(task.wait(), generation: generation)
      writing = nil
    }
    if let result = committing?.wait() { collect(result) }
    var note = CheckpointNote()
    note.receipt = receipt
    let everyones = try trainer.group.share(note.numbers).map(CheckpointNote.init(numbers:))
    guard isLeader else { return }
    startCommit(everyones.map(\.receipt))
    if let result = committing?.wait() { collect(result) }
  }
}
