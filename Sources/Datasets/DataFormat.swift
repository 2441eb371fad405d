/// How a data set lies on the disk.
public enum DataFormat: String, Sendable, CaseIterable {
  /// As HTNet's own release.
  case release
  /// A table with a row for each clip, and images where it says.
  case manifest

  /// Which numbers of channels its images may have.
  public var channels: ClosedRange<Int> {
    switch self {
    case .release: 3...3
    case .manifest: 1...4
    }
  }

  /// What the planes of a model's input are, in their order.
  ///
  /// - Parameter channels: How many there are.
  public func planes(_ channels: Int) -> [String] {
    switch (self, channels) {
    case (.release, _): ["blue (strain)", "green (vertical flow)", "red (horizontal flow)"]
    case (.manifest, 1): ["grey"]
    case (.manifest, 2): ["grey", "alpha"]
    case (.manifest, 3): ["blue", "green", "red"]
    default: ["blue", "green", "red", "alpha"]
    }
  }
}
