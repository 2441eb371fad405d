import Files

/// A manifest of a later format than this program knows: it is whole, as far as anybody can say here,
/// and nothing of it may be replaced.
public struct NewerCheckpointFormat: Error, CustomStringConvertible, Equatable {
  public let file: String
  public let format: Int

  public var description: String {
    "\(file): is of format \(format), and this htnet knows formats up to "
      + "\(CheckpointManifest.newestFormat): use a newer htnet. If none has ever trained here, the "
      + "file is damaged: move \(AtomicFile.parent(of: file)) away, and this fold starts from its "
      + "first epoch"
  }
}
