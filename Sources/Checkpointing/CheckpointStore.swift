import Files
import Foundation

/// The directory of a fold's checkpoints: which files are there, and which of them count.
///
/// Only files whose names it gives are ever removed.
public struct CheckpointStore: Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  public var manifestPath: String { path + "/manifest.json" }

  /// The name of a part's file.
  public static func fileName(generation: Int, part: Int, of parts: Int) -> String {
    "generation-\(generation).part-\(part)-of-\(parts).safetensors.zst"
  }

  public func partPath(generation: Int, part: Int, of parts: Int) -> String {
    path + "/" + Self.fileName(generation: generation, part: part, of: parts)
  }

  /// Makes the directory.
  ///
  /// - Throws: `FileError`.
  public func prepare() throws {
    try AtomicFile.makeDirectory(path)
  }

  /// The manifest; nil if there is none.
  ///
  /// - Throws: `CheckpointError` if it is damaged, `NewerCheckpointFormat`, `FileError` if nobody can
  ///   say what it holds.
  public func manifest() throws -> CheckpointManifest? {
    try AtomicFile.read(manifestPath, limit: CheckpointManifest.longestFile + 1).map {
      try CheckpointManifest($0, file: manifestPath)
    }
  }

  /// Makes `manifest` the one that counts, durably, then removes what it no longer names.
  ///
  /// - Throws: `FileError`; the earlier manifest and its files stand as they were then, and the newest
  ///   generation is given up.
  public func commit(_ manifest: CheckpointManifest) throws {
    let newest = manifest.generations.first?.number ?? -1
    do {
      try AtomicFile.write(manifest.encoded(), to: manifestPath)
    } catch {
      giveUp(generation: newest)
      throw error
    }
    removeFiles(besides: manifest) { $0 <= newest }
  }

  /// Removes the files of a generation that nobody writes any more, which would fill the disk.
  ///
  /// They stay if the manifest names them, which is there although its directory could not be synced,
  /// or if nobody can say what it names. A damaged one names nothing that will ever be loaded.
  public func giveUp(generation number: Int) {
    do {
      guard try manifest()?[number] == nil else { return }
    } catch is CheckpointError {
    } catch {
      return
    }
    removeFiles(besides: nil) { $0 == number }
  }

  /// Removes what an earlier job left half-written.
  public func removeLeftovers(besides manifest: CheckpointManifest?) {
    removeFiles(besides: manifest) { _ in true }
  }

  /// Removes every checkpoint, and the directory if nothing else is in it.
  public func removeAll() {
    unlink(manifestPath)
    removeFiles(besides: nil) { _ in true }
    rmdir(path)
  }

  /// A number that no generation has in any file's name.
  ///
  /// - Throws: `FileError` if the directory cannot be read.
  public func nextNumber() throws -> Int {
    try (FileKind.names(in: path) ?? []).reduce(0) {
      max($0, (Self.generation(ofFile: $1) ?? -1) + 1)
    }
  }

  /// Parts that are there, whether a manifest names them or not.
  ///
  /// - Throws: `FileError` if the directory cannot be read.
  public func partCount() throws -> Int {
    try (FileKind.names(in: path) ?? []).count {
      $0.hasSuffix(".zst") && Self.generation(ofFile: $0) != nil
    }
  }

  private func removeFiles(besides manifest: CheckpointManifest?, generation: (Int) -> Bool) {
    let named = Set(manifest?.generations.flatMap { $0.parts.map(\.file) } ?? [])
    for name in (try? FileKind.names(in: path)) ?? [] where !named.contains(name) {
      if let number = Self.generation(ofFile: name), generation(number) {
        unlink(path + "/" + name)
      } else if name.wholeMatch(of: /manifest\.json\.[0-9]+\.tmp/) != nil {
        unlink(path + "/" + name)
      }
    }
  }

  /// The generation that a file's name belongs to; nil: the name is not one of ours.
  private static func generation(ofFile name: String) -> Int? {
    let pattern =
      /generation-([0-9]{1,15})\.part-[0-9]{1,5}-of-[0-9]{1,5}\.safetensors\.zst(\.[0-9]+\.tmp)?/
    return name.wholeMatch(of: pattern).flatMap { Int($0.1) }
  }
}
