/// How a data set lies on the disk.
public enum DataFormat: String, Sendable, CaseIterable {
  /// As HTNet's own release.
  case release
  /// A table with a row for each clip, and images where it says.
  case manifest

  /// In a few words, for help.
  public var explanation: String {
    switch self {
    case .release: "as HTNet's own release"
    case .manifest: "a table of images, labels and subjects"
    }
  }

  /// Which numbers of channels its images may have.
  public var channels: ClosedRange<Int> {
    switch self {
    case .release: 3...3
    case .manifest: 1...4
    }
  }

  /// Whether its images may have samples of 16 bits.
  public var isWide: Bool {
    switch self {
    case .release: false
    case .manifest: true
    }
  }

  /// The plane of the motion's strain, whose sample is 0 where nothing moves; nil: there is none.
  ///
  /// - Parameter channels: How many planes there are.
  public func strain(_ channels: Int) -> Int? {
    switch self {
    case .release: 0
    case .manifest: channels >= 3 ? 0 : nil
    }
  }

  /// The plane of the horizontal flow, which a mirror turns round; nil: the configuration says it.
  public var horizontal: Int? {
    switch self {
    case .release: 2
    case .manifest: nil
    }
  }

  /// What the planes of a model's input are, in their order.
  ///
  /// - Parameter channels: How many there are, of `self.channels`.
  public func planes(_ channels: Int) -> [String] {
    switch self {
    case .release: ["blue (strain)", "green (vertical flow)", "red (horizontal flow)"]
    case .manifest:
      switch channels {
      case 1: ["grey"]
      case 2: ["grey", "alpha"]
      case 3: ["blue", "green", "red"]
      default: ["blue", "green", "red", "alpha"]
      }
    }
  }
}
