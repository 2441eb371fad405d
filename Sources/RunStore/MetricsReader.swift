import Files
import Tasks

/// Follows the `metrics.jsonl` of a training that runs: each time only what is new is read.
public struct MetricsReader: Sendable {
  private let path: String
  private var bytes = 0
  public private(set) var epochs: [EpochMetrics] = []

  public init(_ directory: RunDirectory, _ task: TaskKey) { path = directory.metricsPath(task) }

  /// Reads on; a file that was cut since is read anew.
  ///
  /// - Throws: `FileError`.
  public mutating func read() throws {
    guard let size = try FileKind.size(of: path) else {
      (bytes, epochs) = (0, [])
      return
    }
    guard size != bytes else { return }
    if size > bytes, let news = try AtomicFile.read(path, from: bytes) {
      let (epochs, count) = EpochMetrics.read(news, after: epochs.count)
      (bytes, self.epochs) = (bytes + count, self.epochs + epochs)
      // What follows may be half a line, or lines that do not follow: the file was cut and has grown.
      guard count == 0, news.contains(10) else { return }
    }
    guard let all = try AtomicFile.read(path) else { return }
    let (epochs, count) = EpochMetrics.read(all)
    (bytes, self.epochs) = (count, epochs)
  }
}
