import Checkpointing
import Collectives
import Files
import Foundation
import MPI

/// Finds what an earlier job has left of a fold, and loads the newest generation that every rank can
/// read whole. One on every rank of a group.
///
/// Only damage makes a generation unusable. What cannot be read now may be whole: then nothing is
/// removed, and no older generation is taken.
struct CheckpointResume {
  let trainer: FoldTrainer
  let store: CheckpointStore
  let identity: CheckpointIdentity
  let communicator: Communicator?
  /// Called before anything is removed; see `FoldCheckpointer`.
  let confirm: @Sendable () -> Void
  let warn: @Sendable (String) -> Void

  struct Outcome {
    /// The generations that can be loaded, as far as they were tried.
    var manifest: CheckpointManifest
    /// Number of the next generation.
    let next: Int
    /// Where the fold stands; nil: at its beginning.
    var progress: FoldProgress?
  }

  /// What the leader has found, for the others.
  private enum Found: Codable {
    /// - Parameter isDamaged: There is a manifest, and it says nothing.
    case manifest(CheckpointManifest, next: Int, isDamaged: Bool)
    case cannotRead(FileError)
  }

  private var isLeader: Bool { trainer.group.rank == 0 }

  /// Brings the trainer to where the fold stands. Collective.
  ///
  /// - Throws: `FileError`, on every rank, if any of them cannot read what is there. `CheckpointError`
  ///   if the checkpoints are of another configuration, data or subject, `NewerCheckpointFormat`,
  ///   `MPIError`.
  func run() throws -> Outcome {
    let message = try isLeader ? JSONEncoder().encode(look()) : Data()
    let bytes = try communicator?.broadcast(Array(message)) ?? Array(message)
    let (found, next, isDamaged): (CheckpointManifest, Int, Bool)
    switch try JSONDecoder().decode(Found.self, from: Data(bytes)) {
    case .manifest(let manifest, next: let number, isDamaged: let damaged):
      (found, next, isDamaged) = (manifest, number, damaged)
    case .cannotRead(let error): throw error
    }
    var outcome = Outcome(manifest: found, next: next)
    for generation in found.generations {
      if try load(generation, of: outcome.manifest) {
        if isLeader { removeLeftovers(besides: found) }
        warnOfOtherMachine(generation)
        outcome.progress = trainer.progress
        return outcome
      }
      outcome.manifest.generations.removeAll { $0.number == generation.number }
    }
    // Nothing of a damaged manifest's is removed before there is something better.
    if isLeader && !isDamaged { removeLeftovers(besides: found) }
    if !found.generations.isEmpty {
      if isLeader {
        warn(
          "fold \(identity.task): no checkpoint can be used, so it starts from its first epoch")
      }
      trainer.restart()
    }
    return outcome
  }

  private func removeLeftovers(besides manifest: CheckpointManifest) {
    confirm()
    store.removeLeftovers(besides: manifest)
  }

  /// The leader's look at what is there.
  private func look() throws -> Found {
    var next = 0
    var found: CheckpointManifest?
    var isDamaged = false
    do {
      next = try store.nextNumber()
      found = try store.manifest()
      let parts = found == nil ? try store.partCount() : 0
      if parts > 0 {
        warn(
          "\(store.manifestPath) is missing beside \(parts == 1 ? "a file" : "\(parts) files") of checkpoints, of which none counts "
            + "without it: an earlier job had not finished its first, or the manifest is lost; fold "
            + "\(identity.task) starts from its first epoch")
      }
    } catch let error as CheckpointError {
      // The next checkpoint that counts replaces what is there.
      warn("\(error); fold \(identity.task) starts from its first epoch")
      isDamaged = true
    } catch let error as FileError {
      return .cannotRead(error)
    }
    if let found { try identity.check(found, file: store.manifestPath) }
    let manifest = found ?? identity.emptyManifest
    // A number whose files are gone may still be named.
    next = max(next, (manifest.generations.first?.number ?? -1) + 1)
    return .manifest(manifest, next: next, isDamaged: isDamaged)
  }

  /// How one rank's attempt at a generation ended.
  private enum Attempt {
    case loaded
    case unusable
    /// - Parameter code: The system's error number.
    case unreadable(code: Int32)

    /// As it travels.
    var word: UInt64 {
      switch self {
      case .loaded: 0
      case .unusable: 1
      case .unreadable(let code): 2 << 32 | UInt64(UInt32(bitPattern: code))
      }
    }

    init(word: UInt64) {
      switch word {
      case 0: self = .loaded
      case 1: self = .unusable
      default: self = .unreadable(code: Int32(truncatingIfNeeded: word))
      }
    }
  }

  /// Loads a generation if every rank can read it whole. Collective.
  ///
  /// - Returns: Whether it is loaded.
  /// - Throws: `FileError` on every rank if any of them cannot tell.
  private func load(
    _ generation: CheckpointManifest.Generation, of manifest: CheckpointManifest
  ) throws -> Bool {
    var attempt = Attempt.loaded
    var failure: FileError?
    do {
      try read(generation, of: manifest)
    } catch let error as FileError where error.code != ENOENT {
      failure = error
      attempt = .unreadable(code: error.code)
    } catch {
      attempt = .unusable
      warn("\(error); generation \(generation.number) of the checkpoints is not used")
    }
    let everyones = try trainer.group.allGather(attempt.word).map(Attempt.init(word:))
    if let failure {
      if !isLeader { warn("\(failure)") }
      throw failure
    }
    var isLoaded = true
    for (rank, attempt) in everyones.enumerated() {
      switch attempt {
      case .loaded: break
      case .unusable: isLoaded = false
      case .unreadable(let code):
        throw FileError(
          path: store.path, operation: "read the checkpoint on rank \(rank) of the group",
          code: code)
      }
    }
    return isLoaded
  }

  private func read(
    _ generation: CheckpointManifest.Generation, of manifest: CheckpointManifest
  ) throws {
    let reader = try CheckpointReader(
      generation, of: manifest, in: store, layout: trainer.model.layout,
      threads: trainer.context.threads.threads)
    guard reader.progress.epoch <= trainer.configuration.epochs else {
      throw CheckpointError(store.manifestPath, "is ahead of the training's end")
    }
    try reader.readWeights(into: trainer.weights)
    let adam = trainer.adam
    try reader.readMoments(
      adam.owned, first: adam.first.pointer, second: adam.second.pointer,
      average: trainer.average?.values.pointer)
    adam.steps = reader.progress.steps
    trainer.progress = reader.progress
  }

  private func warnOfOtherMachine(_ generation: CheckpointManifest.Generation) {
    guard isLeader else { return }
    for (what, there, here) in [
      ("CPU", generation.cpu, identity.cpu),
      ("kernel of products", generation.kernel, identity.kernel),
    ] where there != here {
      warn(
        "fold \(identity.task) was computed on another \(what) so far (\(there)) than this one "
          + "(\(here)): its last bits may differ from those of an undisturbed run")
    }
  }
}
