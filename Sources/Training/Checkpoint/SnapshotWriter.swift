import Checkpointing
import Digest
import Requirements

/// Copies what this rank owns of a fold's state, and writes the copy on a background thread: one
/// generation after another.
final class SnapshotWriter {
  typealias Outcome = Result<StepNote.WrittenFile, any Error>

  private let trainer: FoldTrainer
  private let store: CheckpointStore
  private let identity: CheckpointIdentity
  private let configuration: CheckpointConfiguration
  private let memory: CheckpointMemory
  private let isCancelled = CancelFlag()
  private var task: BackgroundTask<StepNote.WrittenFile>?

  init(
    _ trainer: FoldTrainer, store: CheckpointStore, identity: CheckpointIdentity,
    configuration: CheckpointConfiguration, memory: CheckpointMemory
  ) {
    self.trainer = trainer
    self.store = store
    self.identity = identity
    self.configuration = configuration
    self.memory = memory
  }

  /// Copies the state as it is now, and starts to write it. The outcome of the generation before must
  /// have been taken.
  ///
  /// - Parameters:
  ///   - base: The full generation that the file holds the difference to, which was the last full one
  ///     that was copied; nil: it is full.
  ///   - niceness: Of the background thread.
  func start(generation: Int, base: Int?, niceness: Int) {
    require(task == nil, "generation \(generation) comes while an earlier one is being written")
    let group = trainer.group
    let snapshot = StateSnapshot(
      identity: identity, generation: generation, base: base, part: group.rank, parts: group.size,
      elements: trainer.adam.owned)
    let content = snapshot.take(trainer, into: memory.next)
    let baseBuffer = base.map { _ in memory.base }
    if configuration.delta && base == nil { memory.keepAsBase() }
    let (threads, level) = (trainer.context.threads.threads, configuration.compressionLevel)
    let path = store.partPath(generation: generation, part: group.rank, of: group.size)
    task = BackgroundTask(niceness: niceness) { [store, isCancelled] in
      try store.prepare()
      if let baseBuffer { content.subtract(baseBuffer, threads: threads) }
      let (bytes, sha256) = try content.write(
        to: path, level: level, threads: threads, isCancelled: { isCancelled.isSet })
      return StepNote.WrittenFile(bytes: bytes, sha256: SHA256Digest(hexadecimal: sha256)!)
    }
  }

  /// Takes the outcome of what was being written; nil: it is still being written, or nothing is.
  func takeOutcome() -> Outcome? {
    guard let outcome = task?.result else { return nil }
    task = nil
    return outcome
  }

  /// Waits for the end of what is being written, and takes its outcome; nil: nothing is.
  func waitForOutcome() -> Outcome? {
    _ = task?.wait()
    return takeOutcome()
  }

  /// Ends what is being written and will be; no file comes of it.
  func cancel() {
    isCancelled.set()
    _ = waitForOutcome()
  }
}
