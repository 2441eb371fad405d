import Checkpointing
import Files
import Foundation
import RunStore
import Tasks
import Wording

/// What a run's checkpoints of a fold must belong to.
struct CheckpointOwner {
  let task: TaskKey
  /// Over all that decides results; nil: not known.
  let configurationSHA256: String?
  let dataSHA256: String
}

extension Inspection {
  /// Times that checkpoints are looked into because a job had replaced them meanwhile.
  private static let tries = 10

  /// Looks into a fold's checkpoints, while a job may be writing them.
  ///
  /// A commit removes files that only the manifest before it named, and a fold's end removes all. So
  /// problems count only if the manifest is still the same after they were found.
  ///
  /// - Parameters:
  ///   - owner: What they must be of, if that is known.
  ///   - epochs: Epochs of a whole fold, if they are known.
  ///   - indent: Stands before each line.
  ///   - heading: The first line; given the manifest, or nil if it is damaged.
  /// - Returns: Whether there are checkpoints; nothing is said if there are none.
  mutating func inspect(
    _ store: CheckpointStore, of owner: CheckpointOwner? = nil, epochs: Int?,
    _ depth: Depth, indent: String, heading: (CheckpointManifest?) -> String
  ) -> Bool {
    for _ in 0..<Self.tries {
      let before = Self.manifest(store)
      guard let manifest = before.manifest else {
        guard let failure = before.failure else {
          let count = (try? store.partCount()) ?? 0
          guard count > 0, Self.manifest(store) == before else { return false }
          say(heading(nil))
          say(
            indent
              + "\(counted(count, "part")) without \(store.manifestPath), of which none counts: a "
              + "job has not finished its first checkpoint, or the manifest is lost")
          return true
        }
        // It is replaced whole, so what is damaged stays so, or is gone.
        guard Self.manifest(store) == before else { continue }
        say(heading(nil))
        complain(of: failure)
        if failure is CheckpointError { say(indent + "its fold will start anew") }
        return true
      }
      var found = Inspection()
      found.say(heading(manifest))
      if let owner {
        do {
          // Older checkpoints have another digest of their configuration.
          let isNewest = manifest.format == CheckpointManifest.newestFormat
          try manifest.checkBelongs(
            to: owner.task, configurationSHA256: isNewest ? owner.configurationSHA256 : nil,
            dataSHA256: owner.dataSHA256, file: store.manifestPath)
        } catch {
          found.complain(of: error)
        }
      }
      for generation in manifest.generations {
        found.say(indent + Self.description(generation, epochs: epochs))
        for part in generation.parts { found.inspect(part, in: store, depth) }
      }
      guard found.isGood || Self.manifest(store) == before else { continue }
      append(found)
      return true
    }
    say(heading(nil))
    say(indent + "not judged: a job replaces them faster than they can be read; look again later")
    isUnsettled = true
    return true
  }

  private struct ManifestState: Equatable {
    var manifest: CheckpointManifest?
    var failure: (any Error)?

    static func == (a: Self, b: Self) -> Bool {
      a.manifest == b.manifest && a.failure.map { "\($0)" } == b.failure.map { "\($0)" }
    }
  }

  private static func manifest(_ store: CheckpointStore) -> ManifestState {
    do {
      return ManifestState(manifest: try store.manifest())
    } catch {
      return ManifestState(failure: error)
    }
  }

  private mutating func inspect(
    _ part: CheckpointManifest.Part, in store: CheckpointStore, _ depth: Depth
  ) {
    let path = store.path + "/" + part.file
    do {
      guard let size = try FileKind.size(of: path) else {
        complain("\(path): is missing")
        return
      }
      guard depth.verify else {
        if size != part.bytes {
          complain("\(path): has \(size) bytes, but the manifest says \(part.bytes)")
        }
        return
      }
      try CheckpointPart(path: path, expected: (part.bytes, part.sha256))
        .verify(threads: depth.threads)
    } catch {
      complain(of: error)
    }
  }

  private static func description(_ generation: CheckpointManifest.Generation, epochs: Int?)
    -> String
  {
    "generation \(generation.number): "
      + Quantities.position(epoch: generation.epoch, batch: generation.batch, of: epochs)
      + ", \(counted(generation.steps, "step")) in all, "
      + (generation.base.map { "difference to \($0)" } ?? "full")
      + ", \(counted(generation.parts.count, "part")), "
      + "\(Quantities.size(generation.bytes)), \(generation.time)"
  }
}
