import Checkpointing
import Tasks

/// What a checkpoint belongs to and where it was computed.
public struct CheckpointIdentity: Sendable, Equatable {
  public var task: TaskKey
  /// Over everything in the configuration that decides results.
  public var configurationSHA256: String
  public var dataSHA256: String
  /// The model's arguments as JSON, as the published constructor names them.
  public var model: String
  public var cpu: String
  public var kernel: String

  public init(
    task: TaskKey, configurationSHA256: String, dataSHA256: String, model: String, cpu: String,
    kernel: String
  ) {
    self.task = task
    self.configurationSHA256 = configurationSHA256
    self.dataSHA256 = dataSHA256
    self.model = model
    self.cpu = cpu
    self.kernel = kernel
  }

  /// A manifest of no generation.
  var emptyManifest: CheckpointManifest {
    CheckpointManifest(
      task: task, configurationSHA256: configurationSHA256, dataSHA256: dataSHA256,
      generations: [])
  }

  /// Refuses the checkpoints of another run.
  ///
  /// - Throws: `CheckpointError` naming what differs.
  public func check(_ manifest: CheckpointManifest, file: String) throws {
    guard manifest.format == CheckpointManifest.newestFormat else {
      throw CheckpointError(
        file,
        "is of format \(manifest.format), with which this htnet does not go on: finish the fold with "
          + "the htnet that began it, or move that directory away")
    }
    try manifest.checkBelongs(
      to: task, configurationSHA256: configurationSHA256, dataSHA256: dataSHA256, file: file)
  }
}
