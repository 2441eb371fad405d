import Checkpointing
import Files
import Foundation
import MPI

/// Going on at what an earlier job has left.
extension FoldCheckpointer {
  /// What the leader has found, for the others.
  private enum Found: Codable {
    /// - Parameter isDamaged: There is a manifest, and it says nothing.
    case manifest(CheckpointManifest, next: Int, isDamaged: Bool)
    case cannotRead(FileError)
  }

  /// Brings the trainer to the newest generation that every rank can read whole. Collective.
  ///
  /// Only damage makes a generation unusable. What cannot be read now may be whole: then nothing is
  /// removed, and no older generation is taken.
  ///
  /// - Returns: Where the fold stands; nil: at its beginning.
  /// - Throws: `FileError`, on every rank, if any of them cannot read what is there. `CheckpointError`
  ///   if the checkpoints are of another configuration, data or subject, `NewerCheckpointFormat`,
  ///   `MPIError`.
  public func resume() throws -> FoldProgress? {
    let message = try isLeader ? JSONEncoder().encode(look()) : Data()
    let bytes = try communicator?.broadcast(Array(message)) ?? Array(message)
    let found: CheckpointManifest
    let isDamaged: Bool
    switch try JSONDecoder().decode(Found.self, from: Data(bytes)) {
    case .manifest(let manifest, let next, let damaged):
      (found, number, isDamaged) = (manifest, next, damaged)
    case .cannotRead(let error): throw error
    }
    manifest = found
    lastTaken = DispatchTime.now().uptimeNanoseconds
    for generation in found.generations {
      if try isLoaded(generation) {
        if isLeader { store.removeLeftovers(besides: found) }
        warnOfOtherMachine(generation)
        return trainer.progress
      }
      manifest.generations.removeAll { $0.number == generation.number }
    }
    // Nothing of a damaged manifest's is removed before there is something better.
    if isLeader && !isDamaged { store.removeLeftovers(besides: found) }
    if !found.generations.isEmpty {
      if isLeader {
        warn(
          "fold \(identity.subject): no checkpoint can be used, so it starts from its first epoch")
      }
      trainer.restart()
    }
    return nil
  }

  /// The leader's look at what is there.
  private func look() throws -> Found {
    var next = 0
    var found: CheckpointManifest?
    var isDamaged = false
    do {
      next = try store.nextNumber()
      found = try store.manifest()
    } catch let error as CheckpointError {
      // The next checkpoint that counts replaces what is there.
      warn("\(error); fold \(identity.subject) starts from its first epoch")
      isDamaged = true
    } catch let error as FileError {
      return .cannotRead(error)
    }
    if let found { try identity.check(found, file: store.manifestPath) }
    let manifest = found ?? manifest
    // A number whose files are gone may still be named.
    next = max(next, (manifest.generations.first?.number ?? -1) + 1)
    return .manifest(manifest, next: next, isDamaged: isDamaged)
  }

  /// Loads a generation if every rank can read it whole. Collective.
  ///
  /// - Throws: `FileError` on every rank if any of them cannot tell.
  private func isLoaded(_ generation: CheckpointManifest.Generation) throws -> Bool {
    var isUsable = true
    var failure: FileError?
    do {
      try load(generation)
    } catch let error as FileError where error.code != ENOENT {
      failure = error
    } catch {
      isUsable = false
      warn("\(error); generation \(generation.number) of the checkpoints is not used")
    }
    let everyones = try trainer.group.share([isUsable ? 1 : 0, Double(failure?.code ?? 0)])
    if let failure {
      if !isLeader { warn("\(failure)") }
      throw failure
    }
    if let other = everyones.firstIndex(where: { $0[1] != 0 }) {
      throw FileError(
        path: store.path, operation: "read the checkpoint on rank \(other) of the group",
        code: Int32(everyones[other][1]))
    }
    return everyones.allSatisfy { $0[0] == 1 }
  }

  private func load(_ generation: CheckpointManifest.Generation) throws {
    let layout = trainer.model.layout
    let reader = try CheckpointReader(
      generation, of: manifest, in: store, layout: layout, threads: threads)
    guard reader.progress.epoch <= trainer.configuration.epochs else {
      throw CheckpointError(store.manifestPath, "is ahead of the training's end")
    }
    try reader.readWeights(into: trainer.weights)
    let adam = trainer.adam
    try reader.readMoments(
      adam.owned, first: adam.first.pointer, second: adam.second.pointer)
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
        "fold \(identity.subject) was computed on another \(what) so far (\(there)) than this one "
          + "(\(here)): its last bits may differ from those of an undisturbed run")
    }
  }
}
